"""Invented purposes of innocent payments, in eight languages, which screening must leave alone.

Every second one was for tuning, the others for reporting. A mistake among these led to a change of
the rule, so a third part, written after it with words that lists like too, reports once more.
``{p}`` stands for a person, ``{c}`` for a company, ``{m}`` for a month, ``{n}`` for a number; none
of them is on a list except by chance.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

_TEXTS = {
    "en": """salary {m}
salary {m} {p}
net wages week {n} less pension contribution
rent {m} flat {n} green street
monthly rent unit 4 riverside house tenant {p}
invoice {n} office furniture and chairs
inv {n} dated 12 {m} {c}
payment of invoices {n} and {n} less credit note
school fees term two for {p} class 3b
university tuition spring semester student id {n}
family support {m} regards to grandmother
birthday gift from {p} with love
hotel booking two nights double room breakfast included
refund of deposit booking cancelled order {n}
car insurance renewal policy {n}
electricity and water bill {m} meter {n}
consulting services project phase two milestone report
spare parts for tractor purchase order {n}
freight charges container sea shipment rotterdam mombasa
coffee beans washed arabica 60 bags contract {n}
medical treatment hip surgery hospital bill {p}
wedding contribution from uncle {p}
loan repayment instalment 7 of 24
membership fee tennis club season 2026
legal fees house purchase conveyancing {c}
software licence annual renewal seats 25
donation to the animal shelter
maintenance of lift and roof repair block b
cleaning services {m} {c}
catering for conference 80 persons""",
    "fr": """salaire {m}
salaire {m} {p}
loyer {m} appartement {n} rue des lilas
facture {n} fournitures de bureau
reglement facture {n} du 12 {m} {c}
frais de scolarite deuxieme trimestre {p}
soutien familial pour ma mere
cotisation association sportive saison 2026
remboursement pret mensualite 7 sur 24
achat de tissus et boutons commande {n}
assurance voiture contrat {n}
electricite et eau {m} compteur {n}
prestation de conseil phase deux rapport
pieces detachees pour camion bon {n}
transport conteneur marseille dakar
cafe vert 60 sacs contrat {n}
cadeau d anniversaire de {p}
participation mariage cousine
honoraires notaire achat maison
reparation toiture et ascenseur immeuble b""",
    "es": """nomina {m}
salario {m} {p}
alquiler piso {n} calle mayor
factura {n} muebles de oficina
pago facturas {n} y {n} {c}
matricula universidad segundo semestre {p}
ayuda familiar para mis padres
cuota club deportivo temporada 2026
devolucion de fianza reserva cancelada
seguro del coche poliza {n}
luz y agua {m} contador {n}
servicios de consultoria fase dos
repuestos para tractor pedido {n}
flete maritimo contenedor valencia callao
cafe verde 60 sacos contrato {n}
regalo de cumpleanos de {p}
aportacion boda de mi prima
honorarios abogado compra de vivienda
reparacion tejado y ascensor
abono de transporte mensual""",
    "de": """gehalt {m}
lohn {m} {p}
miete {m} wohnung hauptstrasse 12
rechnung {n} bueromoebel
rechnungen {n} und {n} abzueglich gutschrift {c}
studiengebuehren sommersemester {p}
unterstuetzung fuer die eltern
mitgliedsbeitrag turnverein 2026
rueckzahlung kaution buchung storniert
kfz versicherung vertrag {n}
strom und wasser abschlag {m} zaehler {n}
beratungsleistung projektphase zwei
ersatzteile traktor bestellung {n}
seefracht container hamburg tanger
geburtstagsgeschenk von {p}
hochzeit beitrag cousine
notarkosten hauskauf
dachreparatur und aufzug haus b
darlehensrate 7 von 24
nebenkostenabrechnung 2025""",
    "tr": """maas {m}
maas {m} {p}
kira {m} daire {n}
fatura {n} ofis mobilyasi
fatura {n} ve {n} bedeli {c}
okul taksidi ikinci donem {p}
aileme destek
dogum gunu hediyesi
arac sigortasi police {n}
elektrik ve su {m}
danismanlik hizmeti ikinci asama
traktor yedek parca siparis {n}
dugun katkisi
tapu harci ev alimi
site aidati {m}""",
    "ru": """зарплата {m}
заработная плата за {m} {p}
аренда квартиры {n}
оплата по счету {n} офисная мебель
оплата счетов {n} и {n} {c}
обучение второй семестр {p}
помощь родителям
подарок на день рождения
страхование автомобиля полис {n}
электричество и вода {m}
консультационные услуги второй этап
запасные части для трактора заказ {n}
возврат займа платеж 7 из 24
ремонт крыши и лифта
членский взнос 2026""",
    "ar": """راتب شهر {m}
راتب {m} {p}
إيجار الشقة رقم {n}
فاتورة رقم {n} أثاث مكتبي
تسديد الفاتورة {n} {c}
رسوم المدرسة الفصل الثاني {p}
مساعدة عائلية للوالدة
هدية عيد ميلاد
تأمين السيارة وثيقة {n}
كهرباء وماء {m}
خدمات استشارية المرحلة الثانية
قطع غيار جرار طلب {n}
رسوم جامعية
صيانة المصعد والسقف
اشتراك النادي الرياضي""",
    "pt": """salario {m}
salario {m} {p}
aluguel {m} apartamento {n}
fatura {n} moveis de escritorio
pagamento faturas {n} e {n} {c}
mensalidade escolar {p}
ajuda familiar para minha mae
presente de aniversario
seguro do carro apolice {n}
luz e agua {m}
servicos de consultoria fase dois
pecas para trator pedido {n}
frete contentor lisboa luanda
quota clube desportivo 2026
reparacao do telhado""",
}
_LATER = {
    "en": """subscription village football club under 12
donation to the youth orchestra of saint cecilia
payment to the national association of beekeepers
annual fee chamber of commerce and industry
international trading fair stand rental hall 5
general trading goods order {n} kitchenware
golden valley farms seeds and fertiliser
central bank holiday bonus {p}
islamic centre community dinner catering
red star taxi transport {m}
black sea cruise two cabins {p}
university press books order {n}
martyrs square parking permit
peace foundation gala tickets""",
    "fr": """adhesion association des parents d eleves
cotisation federation nationale de judo
don a l orchestre des jeunes
comite des fetes du village
societe generale d entretien {c}
mouvement de fonds entre comptes propres
entreprise de batiment devis {n}
centre culturel cours de piano {p}""",
    "es": """cuota asociacion de vecinos
federacion de futbol arbitraje
grupo empresarial comida de navidad
comercializadora de frutas pedido {n}
inversiones en reforma de la cocina
fundacion para la musica entradas
transporte y servicios generales {c}
compania de teatro abono {p}""",
    "de": """vereinsbeitrag freiwillige feuerwehr
spende jugendorchester
handelskammer beitrag 2026
gesellschaft der musikfreunde konzertkarten
internationale messe standmiete
bundesverband der imker""",
    "tr": """kultur ve dayanisma dernegi aidati
genclik spor kulubu
insaat sanayi ticaret fatura {n}
uluslararasi nakliyat bedeli""",
    "ar": """اشتراك نادي الشباب الرياضي
جمعية أولياء الأمور
شركة التجارة العامة فاتورة {n}
مؤسسة الموسيقى تذاكر""",
    "ru": """членский взнос ассоциация пчеловодов
фонд капитального ремонта дома
торговая компания счет {n}
молодежный оркестр пожертвование""",
    "pt": """quota associacao de moradores
empresa de construcao orcamento {n}
federacao de natacao""",
}
_FILL = {
    "p": {
        "": "Patricia Wheeler;Tom Baker;Ines Carvalho;Lukas Brandt;Ayse Demir;Grace Wanjiku;"
        "Paul Mensah;Mariam Sow;Jorge Medina;Chiara Fontana;Priya Nair;Mehmet Aydin;"
        "Aisha Bello;Samir Haddad",
        "ru": "Ирина Павлова;Олег Смирнов;Наталья Белова;Дмитрий Орлов",
        "ar": "مريم سالم;سمير حداد;ليلى منصور;نادية بكري",
    },
    "c": {
        "": "Northgate Plumbing Ltd;Atelier Durand SARL;Bakery Sunflower;Oakfield Garden Services;"
        "Weber Holzbau GmbH;Transportes Rivera SL;Blue Heron Books;Kaya Tekstil",
        "ru": "ООО Ромашка;ООО Лесной двор",
        "ar": "شركة النخيل للأثاث;مكتبة الياسمين",
    },
    "m": {
        "en": "january;march;may;september;november",
        "fr": "janvier;mars;mai;aout;decembre",
        "es": "enero;marzo;mayo;agosto;diciembre",
        "de": "januar;maerz;mai;august;dezember",
        "tr": "ocak;mart;mayis;agustos;aralik",
        "ru": "январь;март;май;август;декабрь",
        "ar": "يناير;مارس;مايو;أغسطس;ديسمبر",
        "pt": "janeiro;marco;maio;agosto;dezembro",
    },
}


def purposes(part: int, each: int, seed: int = 5) -> Iterator[tuple[str, str]]:
    """Yield (language, purpose) pairs, half of them in capitals.

    Args:
        part: 0 for those to tune on, 1 for those to report on, 2 for those written later.
        each: how many of each text.
        seed: of what is filled in.
    """
    draw = random.Random(seed + part)
    for language, block in (_LATER if part == 2 else _TEXTS).items():
        for text in block.splitlines() if part == 2 else block.splitlines()[part::2]:
            for at in range(each):
                filled = text
                for mark, by in _FILL.items():
                    pool = by.get(language, by.get("", "")).split(";")
                    filled = filled.replace(f"{{{mark}}}", draw.choice(pool))
                while "{n}" in filled:
                    filled = filled.replace("{n}", str(draw.randrange(100, 99_999)), 1)
                yield language, filled.upper() if at % 2 else filled
