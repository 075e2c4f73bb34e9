"""How characters and edits are shown to people."""


def document_html(text, pieces):
    return ""
