"""The names that dates are written with, in the languages that the packs read."""

MONTHS = (
    "january janvier enero januar jänner gennaio janeiro januari ocak январь января يناير كانون-الثاني جانفي",
    "february fevrier febrero februar febbraio fevereiro februari şubat февраль февраля فبراير شباط فيفري",
    "march mars marzo marz marco maart mart март марта مارس آذار",
    "april avril abril aprile nisan апрель апреля أبريل ابريل نيسان أفريل",
    "may mai mayo maggio maio mei mayıs май мая مايو ماي أيار",
    "june juin junio juni giugno junho haziran июнь июня يونيو حزيران جوان",
    "july juillet julio juli luglio julho temmuz июль июля يوليو تموز جويلية",
    "august aout agosto augustus ağustos август августа أغسطس اغسطس آب أوت",
    "september septembre septiembre setiembre settembre setembro eylül сентябрь сентября سبتمبر أيلول",
    "october octobre octubre oktober ottobre outubro ekim октябрь октября أكتوبر اكتوبر تشرين-الأول",
    "november novembre noviembre novembro kasım ноябрь ноября نوفمبر تشرين-الثاني",
    "december decembre diciembre dezember dicembre dezembro aralık декабрь декабря ديسمبر كانون-الأول",
)
"""The names of the twelve months."""

WEEKDAYS = (
    "monday mon lundi lunes montag lunedì segunda-feira maandag pazartesi понедельник الاثنين",
    "tuesday tue tues mardi martes dienstag martedì terça-feira dinsdag salı вторник الثلاثاء",
    "wednesday wed mercredi miércoles mittwoch mercoledì quarta-feira woensdag çarşamba среда الأربعاء",
    "thursday thu thur thurs jeudi jueves donnerstag giovedì quinta-feira donderdag perşembe четверг الخميس",
    "friday fri vendredi viernes freitag venerdì sexta-feira vrijdag cuma пятница الجمعة",
    "saturday sat samedi sábado samstag sonnabend sabato zaterdag cumartesi суббота السبت",
    "sunday sun dimanche domingo sonntag domenica zondag pazar воскресенье الأحد",
)
"""The names of the seven days."""
