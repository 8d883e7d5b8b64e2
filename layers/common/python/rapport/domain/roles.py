"""Role mailboxes: addresses that stand for an office and not for a person.

The words are local parts that are read by several people, in the languages that careers pages are
written in. What is blocked by them is for the rules to say (`role`, or `role:<word>`).
"""

import re

_SPELLING = re.compile(r"[._-]")

ROLE_WORDS = frozenset(
    """
    abuse accounting accounts admin administration ansokan ansokningar applications apply
    aspirante assistance ausbildung backoffice bemanning bewerber bewerbung bewerbungen
    bewerbungsmanagement billing booking bookings buchhaltung candidate candidates candidato
    candidatos candidature candidatures career careers carriera carriere carrieres contact
    contacto contato contatti curriculum cv desk donotreply einkauf empleo empleos emploi emplois
    enquiries enquiry everyone feedback finance frontdesk geschaeftsfuehrung hallo hello help
    helpdesk hiring hostmaster hr hrd hrteam humanresource humanresources impiego info informacion
    information inquiries inquiry internship job jobangebote jobb jobbs jobs jobsearch kandidaat
    kandidat kandidaten kariera karriere kontakt kontor kundenservice kundeservice lavoro legal
    mailbox mailerdaemon management marketing media nepasrepondre newsletter nichtantworten
    noreply noresponder ofertas office peopleops personal personalabteilung personale
    personaleabteilung personalwesen personeel postmaster postmottak praca praktikum press presse
    privacy recepcion reception reclutamiento recruit recruiter recruiters recruiting recruitment
    recrutamento recrutement rekrutacja rekruttering rekry rekrytering rezeption rh root sales
    secretaria secretariat segreteria sekretariat seleccion selezione service servicedesk soknader
    staff staffing stellenangebote stillinger students support talent talents team trabajo
    trabalho traineeship unsubscribe vacancies vacancy vacature vacatures vertrieb verwaltung
    webmaster werkenbij zentrale
    """.split()  # noqa: SIM905  (a word a line would be pages)
)


def role_of(address: str) -> str:
    """The word by which a normalised address is a role mailbox; an empty string for a person's.

    Dots, hyphens and a plus tag change nothing: `no-reply@`, `jobs+nurse@`.
    """
    local = address.rpartition("@")[0].partition("+")[0]
    word = _SPELLING.sub("", local)
    return word if word in ROLE_WORDS else ""
