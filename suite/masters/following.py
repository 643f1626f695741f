"""How what belongs to a party follows it when two parties become one."""

from suite.masters.merging import follows

follows("suite.PartyAddress.party", flags=("is_default",), within=("kind",))
follows("suite.PartyContact.party", flags=("is_primary",))
follows("suite.PartyBankAccount.party", once=("account_number",), flags=("is_default",))
follows("suite.Party.parent")
