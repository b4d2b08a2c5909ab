"""Name parts from which invented people are composed: native spelling first, then romanisations.

Given names are ordinary ones; most family names and all places are made up.
"""

from __future__ import annotations

from typing import NamedTuple


class Culture(NamedTuple):
    """Name parts of one naming tradition.

    Attributes:
        lang: ISO 639-3 code of the native spellings.
        script: name of their script.
        countries: ISO 3166-1 codes its people are citizens of.
        male: given names, each the native spelling followed by romanisations.
        female: likewise.
        middle: second names (a father's name, a patronymic, a second surname) as pairs for men
            and for women of parts like the others; empty if the tradition has none.
        family: family names; ``(a)`` marks an ending that only women carry.
    """

    lang: str
    script: str
    countries: tuple[str, ...]
    male: tuple[str, ...]
    female: tuple[str, ...]
    middle: tuple[str, ...]
    family: tuple[str, ...]


ARABIC = Culture(
    "ara",
    "Arabic",
    ("LY", "YE", "TN", "IQ", "JO"),
    (
        "طارق|Tariq|Tareq|Tarek",
        "يوسف|Yusuf|Yousef|Youssef",
        "منذر|Mundhir|Monther|Mounzer",
        "قيس|Qays|Qais|Kais",
        "شعيب|Shuayb|Shoaib|Chouaib",
        "زهير|Zuhayr|Zuhair|Zouheir",
        "خلدون|Khaldun|Khaldoon|Khaldoun",
        "أنيس|Anis|Anees|Aniss",
    ),
    ("ريم|Rim|Reem|Rym", "سلمى|Salma|Selma|Salmah", "هالة|Hala|Halah|Halla"),
    (
        "بن سالم|bin Salim|bin Salem|ben Salem",
        "بن نعيم|bin Naim|bin Naeem|ben Naim",
        "بن وليد|bin Walid|bin Waleed|ben Oualid",
        "",
    ),
    (
        "المرجوني|al-Marjuni|Al Marjooni|El Marjouni",
        "الصنوبراني|al-Sanubarani|Al Sanoobarani|Es Sanoubarani",
        "القنديلاوي|al-Qindilawi|Al Qandeelawi|El Kindilaoui",
        "الشرشبيلي|al-Sharshabili|Al Sharshabeeli|Ech Charchabili",
        "المنارزي|al-Manarzi|Al Manarzy|El Manarzi",
        "الزعترجي|al-Zaatarji|Al Zatarji|Ez Zaatardji",
        "البحرصافي|al-Bahrsafi|Al Bahrsafy|El Bahrsafi",
        "الدفترخاني|al-Daftarkhani|Al Daftarkhany|Ed Daftarkhani",
    ),
)

PERSIAN = Culture(
    "fas",
    "Arabic",
    ("IR",),
    (
        "بهرام|Bahram|Bahraam",
        "کیوان|Keyvan|Kayvan",
        "فرهاد|Farhad|Farhaad",
        "سیاوش|Siavash|Siyavash",
        "داریوش|Dariush|Daryoush",
    ),
    ("شیرین|Shirin|Shireen", "نسترن|Nastaran|Nastaren"),
    ("",),
    (
        "گلچهره‌پور|Golchehrehpour|Golchehrepur",
        "فانوسیان‌راد|Fanousian-Rad|Fanusiyan Rad",
        "نیلوفرزاد|Niloufarzad|Nilufarzad",
        "ستاره‌بان|Setarehban|Setareban",
        "کاغذچی‌نژاد|Kaghazchi-Nejad|Kaqazchi Nezhad",
    ),
)

RUSSIAN = Culture(
    "rus",
    "Cyrillic",
    ("RU", "KZ"),
    (
        "Георгий|Georgiy|Georgy|Georgii",
        "Фёдор|Fyodor|Fedor|Fiodor",
        "Евгений|Yevgeniy|Evgeny|Evgenii",
        "Аркадий|Arkadiy|Arkady|Arkadii",
        "Юрий|Yuriy|Yuri|Iurii",
    ),
    ("Ксения|Kseniya|Ksenia|Xenia", "Зоя|Zoya|Zoia|Zoja"),
    (
        "Львович/Львовна|Lvovich/Lvovna|Lvovich/Lvovna|Lvovitch/Lvovna",
        "Глебович/Глебовна|Glebovich/Glebovna|Glebovich/Glebovna|Glebovitch/Glebovna",
    ),
    (
        "Щукозёров(а)|Shchukozyorov(a)|Schukozerov(a)|Chtchoukoziorov(a)",
        "Ветролюбов(а)|Vetrolyubov(a)|Vetroliubov(a)|Vetrolioubov(a)",
        "Чернильников(а)|Chernilnikov(a)|Chernil'nikov(a)|Tchernilnikov(a)",
        "Журавлятин(а)|Zhuravlyatin(a)|Zhuravliatin(a)|Jouravliatin(a)",
        "Хвощевский|Khvoshchevskiy|Khvoschevsky|Khvochtchevski",
        "Якорёв(а)|Yakoryov(a)|Yakorev(a)|Iakoriov(a)",
    ),
)

UKRAINIAN = Culture(
    "ukr",
    "Cyrillic",
    ("UA",),
    (
        "Тарас|Taras|Taras",
        "Юхим|Yukhym|Iukhym",
        "Гліб|Hlib|Glib",
        "Євген|Yevhen|Ievgen",
    ),
    ("Орися|Orysia|Orysya", "Ганна|Hanna|Ganna"),
    ("",),
    (
        "Вишнегрієнко|Vyshnehriienko|Vyshnegrienko",
        "Журавлищук|Zhuravlyshchuk|Zhuravlischuk",
        "Їжакевець|Yizhakevets|Izhakevets",
        "Гречкосієнко|Hrechkosiienko|Grechkosienko",
    ),
)

WEST_AFRICAN = Culture(
    "fra",
    "Latin",
    ("SN", "ML", "CI", "NE"),
    (
        "Théophile|Théophile|Theophile",
        "Ousmane|Ousmane|Usman",
        "Célestin|Célestin|Celestin",
        "Mamadou|Mamadou|Mamadu",
        "Koffi|Koffi|Kofi",
        "Zoumana|Zoumana|Zumana",
    ),
    ("Aïssatou|Aïssatou|Aissatou", "Clémence|Clémence|Clemence", "Adjoua|Adjoua|Adjua"),
    ("",),
    (
        "Sanoubréga|Sanoubréga|Sanoubrega",
        "Koulatéba|Koulatéba|Kulateba",
        "N'Goranvé|N'Goranvé|Ngoranve",
        "Diambérakho|Diambérakho|Diamberakho",
        "Tiémoutani|Tiémoutani|Tiemoutani",
        "Bâcisséna|Bâcisséna|Bacissena",
    ),
)

SPANISH = Culture(
    "spa",
    "Latin",
    ("CO", "MX", "ES"),
    (
        "Íñigo|Íñigo|Inigo",
        "Ramón|Ramón|Ramon",
        "Baltasar|Baltasar|Baltazar",
        "Fermín|Fermín|Fermin",
        "Ulises|Ulises|Ulyses",
    ),
    ("Inés|Inés|Ines", "Begoña|Begoña|Begona"),
    ("Peñarrocal|Peñarrocal|Penarrocal", "Ibarrondoz|Ibarrondoz|Ibarrondos", ""),
    (
        "Valdecorza|Valdecorza|Valdecorsa",
        "Mirasoles|Mirasoles|Mirazoles",
        "Quintafría|Quintafría|Quintafria",
        "Llanoceniza|Llanoceniza|Yanoceniza",
        "Torrenubla|Torrenubla|Torrenuvla",
    ),
)

ENGLISH = Culture(
    "eng",
    "Latin",
    ("GB", "IE", "US"),
    (
        "Barnaby|Barnaby|Barney",
        "Desmond|Desmond|Des",
        "Percival|Percival|Percy",
        "Rupert|Rupert|Rup",
    ),
    ("Philippa|Philippa|Pippa", "Winifred|Winifred|Winnie"),
    ("Oswin|Oswin|O.", ""),
    (
        "Thistlequay|Thistlequay",
        "Lampwright|Lampwright",
        "Fogharbour|Fogharbour|Fogharbor",
        "Brackenlode|Brackenlode",
        "Inkpenny-Marsh|Inkpenny-Marsh|Inkpenny Marsh",
    ),
)

SOMALI = Culture(
    "som",
    "Latin",
    ("SO", "DJ"),
    (
        "Cabdiweli|Cabdiweli|Abdiweli|Abdi Weli",
        "Xirsi|Xirsi|Hirsi|Hersi",
        "Guuleed|Guuleed|Guled|Gouled",
        "Warsame|Warsame|Warsama|Warsameh",
    ),
    ("Caasha|Caasha|Asha|Aisha", "Deeqa|Deeqa|Deqa|Deka"),
    (
        "Ciise|Ciise|Isse|Issa",
        "Faarax|Faarax|Farah|Farrah",
    ),
    (
        "Badweynshe|Badweynshe|Badwenshe|Badouenche",
        "Xeebaale|Xeebaale|Heebaale|Hebale",
        "Iftiiniye|Iftiiniye|Iftinie|Iftinieh",
        "Cadceedle|Cadceedle|Adceedle|Adeedle",
    ),
)

KOREAN = Culture(
    "kor",
    "Hangul",
    ("KP", "KR"),
    (
        "등대|Deung-dae|Tung Tae|Deungdae",
        "바람|Ba-ram|Pa Ram|Baram",
        "한결|Han-gyeol|Han Kyol|Hangyeol",
        "솔찬|Sol-chan|Sol Ch'an|Solchan",
        "가온|Ga-on|Ka On|Gaon",
    ),
    ("새벽|Sae-byeok|Sae Pyok|Saebyeok", "이슬|I-seul|I Sul|Iseul"),
    ("",),
    (
        "남궁|Namgung|Namkung|Namgoong",
        "독고|Dokgo|Tokko|Dokko",
        "제갈|Jegal|Chegal|Jaegal",
        "사공|Sagong|Sakong|Sagong",
    ),
)

#: How many people of each tradition the world holds.
POPULATION: tuple[tuple[Culture, int], ...] = (
    (ARABIC, 28),
    (PERSIAN, 12),
    (RUSSIAN, 14),
    (UKRAINIAN, 8),
    (WEST_AFRICAN, 17),
    (SPANISH, 14),
    (ENGLISH, 8),
    (SOMALI, 9),
    (KOREAN, 10),
)

#: Nicknames given as weak aliases; one of them is shared by two people on purpose.
NICKNAMES = ("Abu Fanous", "The Lamplighter", "Le Phare", "Haji Qindil", "El Faro", "Mayak")


def forms(part: str, *, female: bool) -> list[str]:
    """Return the spellings of a name part for a man or a woman, the native one first.

    Args:
        part: spellings separated by ``|``; ``x/y`` gives the men's and the women's form and
            ``(a)`` an ending only women carry.
        female: which of the two.
    """
    spellings = []
    for spelling in part.split("|"):
        chosen = spelling.split("/")[-1 if female else 0]
        stem, mark, ending = chosen.partition("(")
        spellings.append(stem + ending.rstrip(")") if mark and female else stem)
    return spellings
