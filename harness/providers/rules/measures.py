"""The wordings by which news names a punitive measure, with its kind and its target."""

import re
from dataclasses import dataclass

__all__ = ["STATUSES", "WORDINGS", "Wording"]

# A noun phrase: up to fourteen words, none of them a verb or conjunction that opens a new clause.
_STOP = (
    r"(?:in|on|over|after|for|as|from|that|which|who|because|while|if|when|unless|until"
    r"|and\s+(?:will|would|to"
    r"|also|said|has|had|ordered|gave|froze|banned|imposed|the|a|an|its|it|he|she|they)|but"
    r"|with|within|by|to"
    r"|will|would|said|says|has|have|had|is|was|were|are|under|following|at|amid|during"
    r"|since|starting|beginning"
    r"|effective|until|before|last|this|next|today|yesterday|announced|accused|suspected"
    r"|including|without"
    r"|[A-Z][a-z]+day)"
)
_NP = (
    rf"(?P<target>(?!{_STOP}\b)[\w€$£][\w'\u2019.\-/]*(?:,\d{{3}})*"
    rf"(?:\s+(?!{_STOP}\b)[\w€$£&][\w'\u2019.\-/]*){{0,13}})"
)
_AGAINST = r"(?:\s+(?:\w+\s+){0,2}?(?:on|against|targeting|aimed\s+at|hitting)\s+)"
_DIPLOMATS = (
    r"(?:diplomats?|diplomatic\s+(?:staff|personnel|workers|employees)|ambassadors?|envoys?"
    r"|attach[eé]s?|consuls?"
    r"|embassy\s+(?:staff|employees|workers|officials|personnel)|officials?|officers?"
    r"|staff(?:ers)?|spies"
    r"|employees|consular\s+(?:staff|officers)|charg[eé]\s+d['\u2019]affaires|nationals"
    r"|citizens|people|of\s+them)"
)
_ENVOYS = (
    rf"(?P<target>(?:[\w'\u2019.\-]+\s+){{0,7}}?{_DIPLOMATS}"
    r"(?:\s+(?:of|from)\s+(?:the\s+)?[A-Z][\w]+(?:\s[A-Z]\w+)?)?)"
)
_ADJ = r"(?:\w+\s+){0,2}?"


@dataclass(frozen=True)
class Wording:
    """A pattern, the measure it names, and whether its target stands in front of the verb."""

    pattern: re.Pattern[str]
    measure: str
    is_vague: bool = False


def _wording(pattern: str, measure: str, *, is_vague: bool = False) -> Wording:
    return Wording(re.compile(pattern), measure, is_vague)


_EXPEL = r"\b(?:[Ee]xpel(?:s|led|ling)?|[Ee]ject(?:s|ed|ing)?|[Kk]ick(?:s|ed|ing)?\s+out)\s+"
_FREEZE = (
    r"\b(?:[Ff]reez(?:e|es|ing)|[Ff]roze|[Ff]rozen|[Bb]lock(?:s|ed|ing)?|[Ss]eiz(?:e|es|ed|ing))\s+"
)
_BAN = (
    r"\b(?:[Bb]an(?:s|ned|ning)?|[Bb]ar(?:s|red|ring)?|[Pp]rohibit(?:s|ed|ing)?"
    r"|[Ff]orbid(?:s|ding)?|[Hh]alt(?:s|ed|ing)?|[Ss]uspend(?:s|ed|ing)?|[Rr]estrict(?:s"
    r"|ed|ing)?)\s+"
)
_FINANCE = (
    r"(?:bonds?|debts?|sovereign|loans?|lending|capital\s+markets?|transactions?|banking"
    r"|investments?|financing"
    r"|credits?|securities|clearing|payments?|investors?|trading\s+in)"
)
_GOODS = (
    r"(?:exports?|imports?|shipments?|sales?|deliver(?:y|ies)|suppl(?:y|ies)|purchases?"
    r"|trade|goods|products)"
)

WORDINGS: tuple[Wording, ...] = (
    # Expulsion.
    _wording(rf"{_EXPEL}{_ENVOYS}(?!\w)", "expulsion"),
    _wording(rf"\b[Ee]xpulsions?\s+of\s+{_ENVOYS}(?!\w)", "expulsion"),
    _wording(
        rf"\b[Dd]eclar(?:e|es|ed|ing)\s+{_ENVOYS}\s+(?:\w+\s+){{0,3}}?[\"“'\u2018]?persona",
        "expulsion",
    ),
    _wording(
        rf"\b[Oo]rder(?:s|ed|ing)?\s+{_ENVOYS}\s+(?:\w+\s+){{0,2}}?(?:to\s+leave|out\b|home\b)",
        "expulsion",
    ),
    _wording(
        rf"\b(?:[Gg]ave|[Gg]iv(?:e|es|en|ing))\s+{_ENVOYS}\s+(?:\w+\s+){{1,4}}?to\s+(?:leave|pack)",
        "expulsion",
    ),
    _wording(
        rf"{_ENVOYS}\s+(?:have\s+been|has\s+been|had\s+been|were|was|are|is|will\s+be"
        rf"|must)\s+(?:\w+\s+){{0,2}}?"
        r"(?:expelled|declared\s+[\"“'\u2018]?persona|ordered\s+(?:to\s+leave|out|home)"
        r"|told\s+to\s+leave|leave\s+the)",
        "expulsion",
    ),
    # Asset freezes.
    _wording(
        rf"{_FREEZE}(?:\w+\s+){{0,3}}?(?:assets?|accounts?|funds?|property|holdings|reserves)\s+"
        rf"(?:\w+\s+){{0,3}}?(?:of|belonging\s+to|held\s+by|owned\s+by)\s+{_NP}",
        "asset_freeze",
    ),
    _wording(rf"\b[Aa]ssets?[\s\-]freez(?:e|es|ing){_AGAINST}{_NP}", "asset_freeze"),
    _wording(
        rf"{_FREEZE}{_NP}['\u2019]s?\s+(?:\w+\s+){{0,3}}?(?:assets|accounts|funds|reserves)",
        "asset_freeze",
    ),
    _wording(
        rf"{_FREEZE}(?P<target>(?:\w+\s+){{0,3}}?(?:assets|accounts|funds|reserves))\b",
        "asset_freeze",
    ),
    _wording(
        r"\b[Tt]he\s+(?:\w+\s+)?assets\s+of\s+"
        + _NP.replace("{0,13}", "{0,8}")
        + r"\s+(?:\w+\s+){1,3}?frozen",
        "asset_freeze",
    ),
    # Travel.
    _wording(
        rf"\b(?:[Tt]ravel|[Vv]isa|[Ee]ntry)\s+(?:bans?|restrictions?|curbs?){_AGAINST}{_NP}",
        "travel_ban",
    ),
    _wording(
        rf"{_BAN}{_NP}\s+from\s+(?:entering|travell?ing|visiting|setting\s+foot|obtaining\s+visas)",
        "travel_ban",
    ),
    _wording(
        r"\b(?P<target>(?:\w+\s+){1,6}?)(?:were|was|are|is|have\s+been"
        r"|will\s+be)\s+(?:banned|barred)\s+from"
        r"\s+(?:entering|travell?ing)",
        "travel_ban",
    ),
    _wording(
        rf"\b(?:[Dd]en(?:y|ies|ied)|[Rr]evok(?:e|ed|es|ing)|[Cc]ancel(?:s|led"
        rf"|ling)?)\s+(?:the\s+)?visas\s+(?:of|to|for)\s+{_NP}",
        "travel_ban",
    ),
    _wording(
        rf"{_BAN}(?P<target>(?:\w+\s+){{0,2}}?(?:flights?|airlines?|aircraft|ships?|vessels))\b",
        "travel_ban",
    ),
    # Finance.
    _wording(
        rf"{_BAN}(?:[\w'\u2019.\-]+\s+){{1,7}}?from\s+(?:lending|investing|trading|dealing"
        rf"|buying|purchasing|doing"
        rf"\s+business|financing|holding)(?:\s+(?:to|in|with))?\s+{_NP}",
        "financial_restriction",
    ),
    _wording(rf"{_BAN}{_NP}\s+from\s+(?:\w+\s+){{0,6}}?{_FINANCE}", "financial_restriction"),
    _wording(
        rf"{_BAN}(?P<target>(?:[\w'\u2019.\-]+\s+){{0,6}}?{_FINANCE}(?:\s+(?:in|of|with|by"
        rf"|to|for|from)\s+"
        r"(?:the\s+)?[\w'\u2019.\-]+(?:\s+(?:sovereign|government|state|central|national"
        r"|[A-Z]\w+|banks?|debt|bonds)){0,3})?)\b",
        "financial_restriction",
    ),
    _wording(
        rf"\b(?:[Ff]inancial|[Bb]anking|[Ii]nvestment|[Ll]ending)\s+(?:sanctions?"
        rf"|restrictions?|bans?|curbs?|penalties){_AGAINST}{_NP}",
        "financial_restriction",
    ),
    _wording(
        rf"\b(?:[Cc]ut(?:s|ting)?|[Ee]xclud(?:e|es|ed|ing)|[Rr]emov(?:e|es|ed|ing)"
        rf"|[Dd]isconnect(?:s|ed"
        rf"|ing)?)\s+(?:off\s+)?{_NP}\s+from\s+(?:\w+\s+){{0,5}}?(?:S(?:wift|WIFT)|payments?"
        rf"|capital|financial|banking)",
        "financial_restriction",
    ),
    _wording(
        rf"\b(?:[Bb]an|[Pp]rohibition|[Rr]estrictions|[Cc]urbs"
        rf"|[Ll]imits)\s+on\s+(?P<target>(?:[\w'\u2019.\-]+\s+){{0,5}}?{_FINANCE}(?:\s+(?:in"
        rf"|of|with|by|to)\s+(?:the\s+)?(?:[\w'\u2019.\-]+\s*){{1,4}})?)\b",
        "financial_restriction",
    ),
    _wording(
        rf"\b(?:[Rr]evok(?:e|es|ed|ing)|[Ss]uspend(?:s|ed|ing)?|[Ww]ithdr(?:aw|ew"
        rf"|awing))\s+(?:the\s+)?(?:banking\s+)?"
        rf"licen[cs]es?\s+(?:of|held\s+by)\s+{_NP}",
        "financial_restriction",
    ),
    # Trade.
    _wording(
        rf"\b(?:[Ee]xport|[Ii]mport|[Aa]rms|[Tt]rade|[Ww]eapons|[Oo]il|[Gg]as|[Tt]echnology)[\s\-]"
        rf"(?:bans?|embargo(?:es)?|controls?|restrictions?|curbs?|sanctions?){_AGAINST}{_NP}",
        "trade_restriction",
    ),
    _wording(rf"\b[Ee]mbargo(?:es)?{_AGAINST}{_NP}", "trade_restriction"),
    _wording(
        rf"\b(?:(?:[\d.]+|\w+)[\s\-]?(?:%|percent|per\s?cent)\s+)?(?:[Tt]ariffs?|[Dd]ut(?:y"
        rf"|ies)|[Ll]ev(?:y|ies))"
        rf"(?:\s+of\s+\S+(?:\s+per\s?cent)?)?{_AGAINST}{_NP}",
        "trade_restriction",
    ),
    _wording(
        rf"{_BAN}(?:all\s+"
        rf"|any\s+)?(?P<target>(?:(?!{_STOP}\b)[\w'\u2019.\-]+\s+){{0,4}}?{_GOODS}(?:\s+(?:of|to|from|with)\s+(?:the\s+)?"
        rf"(?!{_STOP}\b)[\w'\u2019.\-]+(?:\s+(?!{_STOP}\b)[\w'\u2019.\-]+){{0,6}}(?:\s+(?:to"
        rf"|from)\s+[A-Z]\w+)?)?)",
        "trade_restriction",
    ),
    _wording(
        rf"\b(?:[Bb]ans?|[Ee]mbargo|[Pp]rohibition|[Rr]estrictions|[Cc]urbs"
        rf"|[Ll]imits)\s+on\s+(?:all\s+)?"
        rf"(?P<target>(?:\w+\s+){{0,4}}?{_GOODS}(?:\s+(?:of|to|from"
        rf"|with)\s+(?:the\s+)?(?:[\w'\u2019.\-]+\s*){{1,6}})?)\b",
        "trade_restriction",
    ),
    _wording(
        r"(?P<target>\b(?:[Ee]xports?|[Ii]mports?|[Ss]ales|[Ss]hipments"
        r"|[Dd]eliveries)\s+(?:of|to|from)\s+"
        r"(?:[\w'\u2019.\-]+\s+){1,8}?)(?:are|is|were|was|will\s+be|have\s+been"
        r"|has\s+been)\s+(?:\w+\s+)?"
        r"(?:banned|prohibited|barred|suspended|halted|restricted|forbidden)\b",
        "trade_restriction",
    ),
    _wording(
        rf"\b(?:[Ss]top(?:s|ped)?|[Cc]eased?|[Hh]alt(?:s|ed)?|[Ee]nd(?:s|ed)?)\s+(?:all\s+)?"
        rf"(?:buying|importing|exporting|selling|supplying|purchasing)\s+{_NP}",
        "trade_restriction",
    ),
    # Listing.
    _wording(
        r"(?P<target>(?:[\w'\u2019\-]+\s+){1,5}?)(?:were|was|are|is|have\s+been|has\s+been|will\s+be)\s+"
        r"(?:also\s+)?(?:sanctioned|blacklisted|placed\s+on\s+(?:a|the)\s+(?:blacklist|sanctions\s+list))",
        "designation",
    ),
    _wording(
        rf"\b(?:[Bb]lacklist(?:s|ed|ing)?|[Dd]esignat(?:e|es|ed|ing)|[Ss]anction(?:s|ed"
        rf"|ing))\s+(?!on\b|against\b){_NP}",
        "designation",
    ),
    _wording(
        rf"(?:(?<=\bto )|(?<=\bwill )|(?<=\bwould )|(?<=\bcould )|(?<=\bmay ))sanction\s+{_NP}",
        "designation",
    ),
    _wording(
        rf"\b(?:[Aa]dd(?:s|ed|ing)?|[Pp]ut(?:s|ting)?|[Pp]lac(?:e|es|ed"
        rf"|ing))\s+{_NP}\s+(?:to|on|onto)\s+(?:\w+\s+){{0,3}}?"
        r"(?:sanctions?\s+list|blacklist|list\s+of\s+(?:sanctioned|banned))",
        "designation",
    ),
    _wording(rf"\b[Ss]anctions{_AGAINST}{_NP}", "designation"),
    # No closer word.
    _wording(
        r"\b(?P<vague>(?:(?:more|further|new|additional|tougher|harsher|retaliatory"
        r"|economic|fresh|sweeping|severe)\s+)"
        r"{1,3}(?:sanctions|penalties|countermeasures|counter-measures)|(?:retaliatory"
        r"|tit-for-tat|punitive|reciprocal|retaliation)\s+(?:measures|steps|action|sanctions))\b",
        "unspecified",
        is_vague=True,
    ),
    _wording(r"\b[Tt]rade\s+sanctions\b", "trade_restriction", is_vague=True),
    _wording(r"\b[Ff]inancial\s+sanctions\b", "financial_restriction", is_vague=True),
)

STATUSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "rejected",
        re.compile(
            r"\b(?:rule[sd]?\s+out|decided\s+(?:not\s+to|against)|stopped\s+short\s+of"
            r"|stop\s+short\s+of|reject(?:s|ed|ing)?"
            r"|refus(?:e|es|ed|ing)\s+to|declin(?:e|es|ed|ing)\s+to|vetoed|blocked"
            r"|opted\s+(?:not\s+to|against)"
            r"|(?:will|would|does|do|did)\s+not|won['\u2019]t|has\s+no\s+plans?|no\s+plans?\s+to)\b"
        ),
    ),
    (
        "lifted",
        re.compile(
            r"\b(?:lift(?:s|ed|ing)?|eas(?:e|es|ed|ing)|remov(?:e|es|ed|ing)|waiv(?:e|es|ed"
            r"|ing)|ended|ending|scrap(?:s|ped|ping)?"
            r"|revok(?:e|es|ed|ing)|drop(?:s|ped|ping)?|unfr(?:eeze|oze|ozen)|rescind(?:s"
            r"|ed)?|relax(?:es|ed|ing)?)\b"
        ),
    ),
    (
        "threatened",
        re.compile(
            r"\b(?:will|would|could|may|might|shall|warn(?:s|ed|ing)?|threat(?:s|en|ens|ened"
            r"|ening)?|consider(?:s|ed|ing)?"
            r"|prepar(?:e|es|ed|ing)|plan(?:s|ned|ning)?|propos(?:e|es|ed|ing)|if|unless"
            r"|ready\s+to|vow(?:s|ed|ing)?|pledg(?:e|es|ed)"
            r"|promis(?:e|es|ed|ing)|call(?:s|ed|ing)?\s+for|urg(?:e|es|ed|ing)|weigh(?:s|ed"
            r"|ing)?|draft(?:s|ed|ing)?|intend(?:s|ed)?"
            r"|mull(?:s|ed|ing)?|set\s+to|reserv(?:e|es|ed)\s+the\s+right|discuss(?:es|ed"
            r"|ing)?|demand(?:s|ed|ing)?)\b"
        ),
    ),
)
