"""Packs and profiles by name, path or folder."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from cleaner.cache import cached, keep, keep_answers
from cleaner.errors import Fault, RuleFileError, UsageError
from cleaner.packs.rule import Profile, Rule, RulePack
from cleaner.packs.ruleset import problems, resolved
from cleaner.packs.schema import pack_of, profile_of
from cleaner.packs.source import LARGEST_FILE, RULE_FILE, Kind, Source, read

LARGEST_BYTES = 4 * LARGEST_FILE
"""No code point takes more than four in UTF-8."""
MOST_FAULTS = 100
"""Told at once; who has more mends the first."""

_CACHED = "packs"


@cache
def shipped() -> Path:
    """Give the folder of the shipped rules: inside the package, or beside it in a checkout."""
    packaged = Path(__file__).parents[1] / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rules"


def load(
    profile: str = "standard",
    packs: Iterable[str | os.PathLike[str]] = (),
    *,
    rules: Path | None = None,
    standing_in: bool = False,
) -> tuple[RulePack, ...]:
    """Load a profile's packs in its order, then `packs`: names of shipped ones, files or folders.

    What packs say of each other's rules is done; packs with `order: first` come first. `rules` is a folder of
    rules, laid out as the shipped one, that names are looked up in before that. With `standing_in` a pack
    with the name of an earlier one takes its place; else that is a fault. Raises UsageError for what does not
    exist, RuleFileError with every fault of every file.
    """
    files = profile_files(profile, rules)
    for pack in packs:
        files += files_of(pack, rules)
    unique = list({file.resolve(): file for file in files}.values())
    sources = [_read(file) for file in unique]
    loaded, faults = _packs(sources, standing_in=standing_in)
    if faults:  # what comes from the cache has no places: read it anew to say where
        sources = [one if one.places else parse(file) for one, file in zip(sources, unique, strict=True)]
        loaded, faults = _packs(sources, standing_in=standing_in)
    if faults:
        raise RuleFileError(_told(faults))
    keep_answers()
    return loaded


def _told(faults: Sequence[Fault]) -> list[Fault]:
    """Give each fault once, and of very many the first, with how many there are."""
    known = sorted(set(faults))
    if len(known) <= MOST_FAULTS:
        return known
    last = known[MOST_FAULTS - 1]
    more = Fault(
        last.file, last.line, last.column, last.rule, f"and {len(known) - MOST_FAULTS:,} faults more"
    )
    return [*known[:MOST_FAULTS], more]


def _packs(sources: Sequence[Source], *, standing_in: bool) -> tuple[tuple[RulePack, ...], list[Fault]]:
    if standing_in:
        sources = list({_pack_name(source): source for source in sources}.values())
    packs = [pack_of(source) for source in sources]
    faults = [fault for source in sources for fault in source.faults]
    loaded = tuple(pack for pack in packs if pack)
    if not faults:
        faults = [*_clashes(sources, loaded)]
        for index, path, rule, message in problems(loaded, is_shipped):
            faults.append(sources[index].fault(path, message, rule))
    return (loaded if faults else resolved(loaded)), faults


def _pack_name(source: Source) -> str:
    return str(source.value.get("pack") if isinstance(source.value, dict) else source.file)


def is_shipped(rule: str) -> bool:
    """Whether a shipped pack has a rule of this name, loaded or not."""
    pack, _, name = rule.rpartition("/")
    if pack not in shipped_packs():
        return False
    entries = _read(_pack_file(pack)).value.get("rules", ())
    return any(entry.get("id") == name for entry in entries)


def profile_files(profile: str, rules: Path | None = None) -> list[Path]:
    """Give the files of a profile's packs: shipped ones by name, others by their path from the profile's."""
    folder = _profile_file(profile, rules).parent
    return [
        folder / name if name.endswith((".yaml", ".yml")) else _pack_file(name, rules)
        for name in load_profile(profile, rules).packs
    ]


def is_profile(file: Path) -> bool:
    """Whether a YAML file is a profile, and no pack."""
    value = parse(file).value
    return isinstance(value, dict) and "profile" in value and "rules" not in value


def load_profile(name: str, rules: Path | None = None) -> Profile:
    """Load a profile by name from the shipped rules or a folder of `rules`, or one from a file."""
    source = parse(_profile_file(name, rules))  # a few lines: not worth a place in the cache
    profile = profile_of(source)
    if profile is None:
        raise RuleFileError(source.faults)
    return profile


def _profile_file(name: str, rules: Path | None) -> Path:
    if name.endswith((".yaml", ".yml")):
        file = Path(name)
    else:
        candidates = [folder / "profiles" / f"{name}.yaml" for folder in (rules, shipped()) if folder]
        file = next((one for one in candidates if one.is_file()), candidates[-1])
    if not file.is_file():
        message = f"no profile {name!r}; there are {', '.join(profiles())}, or give a .yaml file"
        raise UsageError(message)
    return file


def profiles() -> list[str]:
    """Give the names of the shipped profiles."""
    return sorted(file.stem for file in (shipped() / "profiles").glob("*.yaml"))


def shipped_packs() -> list[str]:
    """Give the names of the shipped packs."""
    files = (file.relative_to(shipped()) for file in shipped().rglob("*.yaml"))
    return sorted(file.with_suffix("").as_posix() for file in files if file.parts[0] != "profiles")


def ruleset_hash(packs: Sequence[RulePack], model: str = "") -> str:
    """Give the SHA-256 of the loaded rules' canonical content and the engine's version, in hex.

    `model` is the digest of the weights that rules for whole pages judge by, where there are such rules.
    """
    content = [version("cleaner"), *(pack.content for pack in packs), *([model] if model else ())]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _clashes(sources: Sequence[Source], packs: Sequence[RulePack]) -> Iterator[Fault]:
    """Yield what is wrong between packs that are right in themselves."""
    known = {rule.name for pack in packs for rule in pack.rules}
    seen: dict[str, str] = {}
    for source, pack in zip(sources, packs, strict=True):
        if pack.name in seen:
            message = f"{seen[pack.name]} is the pack {pack.name!r} too; rename one, or give only one"
            yield source.fault(("pack",), message)
        seen[pack.name] = source.file
        for index, rule in enumerate(pack.rules):
            for name in sorted(_named(rule) - known):
                message = f"it names the rule {name!r}, which is not loaded; load its pack, or mend the name"
                yield source.fault(("rules", index), message, rule.id)


def _named(rule: Rule) -> set[str]:
    pack = rule.name.rpartition("/")[0]
    helpers = {
        name if "/" in name else f"{pack}/{name}" for example in rule.examples for name in example.helpers
    }
    return helpers | set(rule.where.awaited)


def _pack_file(name: str, rules: Path | None = None) -> Path:
    file = rules / f"{name}.yaml" if rules else shipped() / f"{name}.yaml"
    if rules and not file.is_file():
        file = shipped() / f"{name}.yaml"
    if not file.is_file():
        message = (
            f"no pack {name!r}; there are {', '.join(shipped_packs())}, or give a .yaml file or a folder"
        )
        raise UsageError(message)
    return file


def files_of(pack: str | os.PathLike[str], rules: Path | None = None) -> list[Path]:
    """Give the files that a pack's name, a file or a folder means; raise UsageError where there is none."""
    path = Path(pack)
    if path.is_dir():
        files = sorted(file for kind in ("*.yaml", "*.yml") for file in path.rglob(kind) if file.is_file())
        found = [file for file in files if "profiles" not in file.relative_to(path).parts]
        if not found:
            message = f"the folder {path} holds no .yaml or .yml file; give one with rule packs"
            raise UsageError(message)
        return found
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            message = f"no rule file {path}"
            raise UsageError(message)
        return [path]
    return [_pack_file(str(pack), rules)]


def _read(file: Path) -> Source:
    """Read a rule file, from the cache where one of the same content was read before without fault."""
    content = _bytes(file)
    with suppress(ValueError):
        if values := cached(_CACHED, content):
            return Source(str(file), json.loads(values.decode("utf-8", "surrogatepass")))
    source = parse(file)
    if not source.faults:
        # not as escapes: those would come back with surrogate pairs joined
        keep(_CACHED, content, json.dumps(source.value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return source


def _bytes(file: Path, kind: Kind = RULE_FILE) -> bytes:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            message = f"the {kind.name} {file} is larger than {LARGEST_BYTES:,} bytes; split it"
            raise UsageError(message)
        return file.read_bytes()
    except OSError as error:
        message = f"the {kind.name} {file} cannot be read: {error.strerror}"
        raise UsageError(message) from None


def parse(file: Path, kind: Kind = RULE_FILE) -> Source:
    """Read a YAML file with the place of every value; its faults of form are in the source."""
    try:
        return read(str(file), _bytes(file, kind).decode("utf-8-sig"), kind)
    except UnicodeDecodeError as error:
        data, at = error.object, error.start
        lines = data[:at].decode("utf-8", "replace").split("\n")
        cause = f"a {kind.name} must be UTF-8; the byte 0x{data[at]:02X} here is not; save it as UTF-8"
        fault = Fault(str(file), len(lines), len(lines[-1]) + 1, "", cause)
        return Source(str(file), faults=[fault], kind=kind)
