"""Made-up people for the rounds that write: the same ones for the same seed. Most have a date of
birth, a telephone number and an e-mail address; telephone numbers are of the ranges that are kept
free for drama."""

import csv
import json
import random

LAST_NAMES = """Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright
Thompson Evans Walker White Roberts Green Hall Wood Jackson Clarke Khan Ahmed Singh Hughes Edwards
Hill Moore Clark Harrison Scott Young Morris Baker Ward Turner Cooper Morgan Lee Bell Murphy
Anderson Cook Shaw Bailey Kelly Richardson Marshall Collins Bennett Hussain Begum Parker Cox Gray
O'Brien O'Connor McDonald MacLeod Fitzgerald Kowalski Nowak Oyelaran Okafor Mensah Zhang Nguyen
García Müller Silva Popescu Łukasik Szymańska Chaudhry Rahman Ali Kaur Sharma Gupta""".split()
FIRST_NAMES = """Olivia Amelia Margaret Dorothy Joan Jean Patricia Susan Christine Linda Karen
Emma Sarah Fatima Aisha Priya Zofia George Arthur John William David Michael Peter Alan Brian
Mohammed Imran Raj Thomas James Oliver Noah Harry Stanley Albert Ronald Kenneth Dennis""".split()
STREETS = """High Church Station Mill Park Victoria Green Manor Kings Queens Grange Springfield
Highfield Windsor Alexandra York Albert New Chapel North South West London School""".split()
WAYS = ["Street", "Road", "Lane", "Avenue", "Close", "Drive", "Gardens", "Way"]
TOWNS = [("Leeds", "West Yorkshire", "LS", 29), ("Bristol", "Bristol", "BS", 16),
         ("Nottingham", "Nottinghamshire", "NG", 16), ("Glasgow", "Lanarkshire", "G", 15),
         ("London", "Greater London", "SE", 28), ("Cardiff", "South Glamorgan", "CF", 11),
         ("Norwich", "Norfolk", "NR", 7), ("Exeter", "Devon", "EX", 4)]
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
TELEPHONES = ["07700 900", "0113 496 0", "0117 496 0", "020 7946 0", "029 2018 0", "01632 960"]

COLUMNS = ["external_customer_ref", "title", "first_name", "last_name", "gender", "dob", "line_1",
           "line_2", "city", "county", "postal_code", "email_address", "tel_number_1",
           "tel_number_2"]
ADDRESS = ["line_1", "line_2", "city", "county", "postal_code"]


def person(chance, reference):
    """One customer, as COLUMNS -> text; '' where it is not known."""
    pick, at_most = chance.choice, lambda n: int(chance.random() * n)
    male = at_most(2)
    city, county, area, districts = pick(TOWNS)
    first, last = pick(FIRST_NAMES), pick(LAST_NAMES)
    values = {
        "external_customer_ref": reference,
        "title": "Mr" if male else pick(["Mrs", "Miss", "Ms"]),
        "first_name": first,
        "last_name": last,
        "gender": "Male" if male else "Female",
        "dob": f"{1925 + at_most(90)}-{1 + at_most(12):02}-{1 + at_most(28):02}",
        "line_1": f"{1 + at_most(240)} {pick(STREETS)} {pick(WAYS)}",
        "line_2": "" if at_most(4) else f"Flat {1 + at_most(40)}",
        "city": city,
        "county": county,
        "postal_code": f"{area}{1 + at_most(districts)} {1 + at_most(9)}"
                       f"{pick(LETTERS)}{pick(LETTERS)}",
        "email_address": f"{first.lower()}.{at_most(1000000)}@example.org",
        "tel_number_1": f"{pick(TELEPHONES)}{at_most(1000):03}",
        "tel_number_2": f"07700 900{at_most(1000):03}" if at_most(2) else "",
    }
    if at_most(100) < 8:
        values["dob"] = ""
    if at_most(100) < 30:
        values["email_address"] = ""
    if at_most(100) < 10:
        values["tel_number_1"] = values["tel_number_2"] = ""
    return values


def people(seed, prefix, n):
    """n of them; their references are the prefix and 1 to n."""
    chance = random.Random(seed)
    for number in range(1, n + 1):
        yield person(chance, f"{prefix}{number}")


def write_requests(path, token, seed, prefix, n):
    """A CreateCustomer body in each line."""
    envelope = f'{{"company_id":9001,"session_token":"{token}","customer":'
    with open(path, "w", encoding="utf-8") as file:
        for values in people(seed, prefix, n):
            customer = {name: values[name] for name in COLUMNS if name not in ADDRESS}
            customer["address"] = {name: values[name] for name in ADDRESS}
            file.write(envelope + json.dumps(customer, ensure_ascii=False) + "}\n")


def write_csv(path, seed, prefix, n):
    """As a spreadsheet has them, under the API's names."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        rows.writerows(people(seed, prefix, n))
