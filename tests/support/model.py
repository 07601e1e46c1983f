"""What the server is to do, by the contract: companies, branches, keys, tokens
and customers as dictionaries, one command after the other."""

import copy
import dataclasses

from support.wire import MEANINGS

ID_OR_REF = "{0}customer_id or {0}external_customer_ref"
# What a customer may lack or have wrong, and the fault that each makes.
FAULTS = {
    "last_name missing": (301, "customer.last_name"),
    "title too long": (302, "customer.title (at most 12 characters)"),
    "first_name a number": (303, "customer.first_name (string)"),
    "dob no day": (302, "customer.dob (a day of the calendar)"),
}


class Refused(Exception):
    def __init__(self, code, particulars=""):
        super().__init__(code)
        self.code = code
        self.details = MEANINGS[code] + (f": {particulars}" if particulars else "")


@dataclasses.dataclass
class Key:
    branch_id: int
    branch_only: bool
    active: bool = True


@dataclasses.dataclass
class Customer:
    content: dict
    branch_id: int
    version: int = 1


@dataclasses.dataclass
class Answer:
    """Of a command that was not refused. `kept` is an earlier answer that comes again."""
    customer_id: int = 0
    customer: Customer = None
    kept: object = None


class Company:
    def __init__(self):
        self.active = True
        self.branches = {}
        self.keys = {}
        self.customers = {}
        self.refs = {}  # reference: customer id
        self.kept = {}  # (key number, Idempotency-Key): content, answer


class Model:
    def __init__(self):
        self.companies = {}
        self.tokens = {}  # token: (company, key number)
        self.ended = set()

    def key_works(self, company, number):
        key = company.keys.get(number)
        return bool(key and key.active and company.branches[key.branch_id])

    def enter(self, company_id, token):
        """The company and the key that the token stands for."""
        company = self.companies.get(company_id)
        if not company or not company.active:
            raise Refused(201)
        owner, number = self.tokens.get(token, (None, None))
        if owner != company_id or token in self.ended or not self.key_works(company, number):
            raise Refused(202)
        return company, number

    def may_get_token(self, company_id, number):
        company = self.companies.get(company_id)
        if not company or not company.active:
            raise Refused(201)
        if not self.key_works(company, number):
            raise Refused(202)

    def end_session(self, company_id, token):
        self.enter(company_id, token)
        self.ended.add(token)
        return Answer()

    def _find(self, company, number, customer_id, ref):
        key = company.keys[number]
        for found in (customer_id, company.refs.get(ref)):
            customer = company.customers.get(found)
            if customer and (not key.branch_only or customer.branch_id == key.branch_id):
                return found, customer
        raise Refused(401)

    def get(self, company_id, token, customer_id, ref):
        company, number = self.enter(company_id, token)
        if not customer_id and not ref:
            raise Refused(301, ID_OR_REF.format(""))
        return Answer(*self._find(company, number, customer_id, ref))

    def _ref_is_free(self, company, number, ref, customer_id):
        other = company.refs.get(ref)
        if other in (None, customer_id):
            return
        key = company.keys[number]
        hidden = key.branch_only and company.customers[other].branch_id != key.branch_id
        raise Refused(402, "" if hidden else f"customer_id {other}")

    def create(self, company_id, token, content, fault, once, given=None):
        company, number = self.enter(company_id, token)
        if fault:
            raise Refused(*FAULTS[fault])
        kept = company.kept.get((number, once)) if once else None
        if kept:
            if kept[0] != content:
                raise Refused(406)
            return Answer(kept=kept[1])
        self._ref_is_free(company, number, content["external_customer_ref"], None)
        customer_id = given or len(company.customers) + 1
        assert customer_id not in company.customers, customer_id
        customer = Customer(copy.deepcopy(content), company.keys[number].branch_id)
        company.customers[customer_id] = customer
        self._name(company, customer_id, "", content["external_customer_ref"])
        return Answer(customer_id, customer)

    def _name(self, company, customer_id, before, after):
        if before:
            del company.refs[before]
        if after:
            company.refs[after] = customer_id

    def keep(self, company_id, token, content, once, answer):
        """What was answered the first time."""
        number = self.tokens[token][1]
        self.companies[company_id].kept[number, once] = (copy.deepcopy(content), answer)

    def modify(self, company_id, token, customer_id, content, fault, if_match):
        company, number = self.enter(company_id, token)
        ref = content["external_customer_ref"]
        if not customer_id and not ref:
            if fault and FAULTS[fault][0] == 301:
                raise Refused(301, f"{ID_OR_REF.format('customer.')}, {FAULTS[fault][1]}")
            also = f"; {MEANINGS[FAULTS[fault][0]]}: {FAULTS[fault][1]}" if fault else ""
            raise Refused(301, ID_OR_REF.format("customer.") + also)
        if fault:
            raise Refused(*FAULTS[fault])
        found, customer = self._find(company, number, customer_id, ref)
        if if_match is not None and if_match != customer.version:
            raise Refused(405, "read the customer again")
        after = copy.deepcopy(content)
        after["external_customer_ref"] = ref or customer.content["external_customer_ref"]
        if after != customer.content:
            before = customer.content["external_customer_ref"]
            self._ref_is_free(company, number, after["external_customer_ref"], found)
            self._name(company, found, before, after["external_customer_ref"])
            customer.content = after
            customer.version += 1
        return Answer(found, customer)
