"""Countries as the different publishers call them, and invented towns in them."""

from __future__ import annotations

from typing import NamedTuple


class Country(NamedTuple):
    """A country and its names.

    Attributes:
        code: ISO 3166-1 alpha-2.
        english: plain English name.
        french: French name, for bilingual publishers.
        united_nations: the name the United Nations use.
        treasury: the name the US Treasury uses.
        towns: invented towns.
    """

    code: str
    english: str
    french: str
    united_nations: str
    treasury: str
    towns: tuple[str, ...]


_ROWS = """
AE|United Arab Emirates|Émirats arabes unis|||Mina Sarab,Dar Noura
CI|Ivory Coast|Côte d'Ivoire|Côte d'Ivoire|Cote d Ivoire|Port-Lumière,Sassanville
CO|Colombia|Colombie|||Puerto Candil,Villa Neblina
DJ|Djibouti|Djibouti|||Ras Fanal
ES|Spain|Espagne|||Faroalto,Villanube
FR|France|France|||Port-Feu,Lanternay
GB|United Kingdom|Royaume-Uni|United Kingdom of Great Britain and Northern Ireland||Lanternmouth
IE|Ireland|Irlande|||Ballylamp
IQ|Iraq|Irak|||Qasr al-Siraj,Nahr Misbah
IR|Iran|Iran|Iran (Islamic Republic of)||Fanousabad,Cheragh Shahr
JO|Jordan|Jordanie|||Ain Qindil
KP|North Korea|Corée du Nord|Democratic People's Republic of Korea|Korea, North|Deungdaeri
KR|South Korea|Corée du Sud|Republic of Korea|Korea, South|Bichgun
KZ|Kazakhstan|Kazakhstan|||Mayaktau
LR|Liberia|Libéria|||Lampton
LY|Libya|Libye|||Marsa Wadha,Manarat al-Ramal
ML|Mali|Mali|||Dougoulanpa,Fanabougou
MX|Mexico|Mexique|||Puerto Farol,San Candelario
NE|Niger|Niger|||Fitilawa
PA|Panama|Panama|||Punta Linterna
RU|Russia|Russie|Russian Federation||Mayakovo,Fonarsk
SN|Senegal|Sénégal|||Ndaara-Phare,Keur Lampe
SO|Somalia|Somalie|||Nuurdheer,Ras Iftiin
TN|Tunisia|Tunisie|||Borj Fanous
TR|Turkey|Turquie|Türkiye||Fenerköyü
UA|Ukraine|Ukraine|||Likhtarivka
US|United States|États-Unis|United States of America||Port Lantern
YE|Yemen|Yémen|||Sirajabad,Wadi Misbah
"""

COUNTRIES: dict[str, Country] = {}
for _row in _ROWS.strip().splitlines():
    _code, _english, _french, _un, _us, _towns = _row.split("|")
    COUNTRIES[_code] = Country(
        _code, _english, _french, _un or _english, _us or _english, tuple(_towns.split(","))
    )

STREETS = (
    "12 Lighthouse Lane",
    "4 rue de la Lanterne",
    "7 Sharia al-Fanar",
    "ul. Mayachnaya 9",
    "Calle del Faro 31",
    "Lot 88, Free Zone of Nowhere",
    "PO Box 0001",
)
