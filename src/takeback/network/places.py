# ruff: noqa: RUF001  # Russian words are the point
"""Places that answers of polls name, in English, Russian, Spanish and Italian words."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "ru": r"russia|росси[яи]|рф|rusia",
    "ua": r"ukraine|украин[аы]|ucrania|ucraina",
    "by": r"belarus|беларус[ьи]|белорусси[яи]|bielorrusia|bielorussia",
    "kz": r"kazakhstan|казахстан|kazajist[aá]n|kazakistan",
    "uz": r"uzbekistan|узбекистан|uzbekist[aá]n",
    "us": r"usa|united states|america|сша|америк[аи]|estados unidos|ee\.? ?uu|stati uniti",
    "gb": r"uk|united kingdom|england|британи[яи]|англи[яи]|reino unido|inglaterra|regno unito|inghilterra",
    "de": r"germany|германи[яи]|alemania|germania",
    "fr": r"france|франци[яи]|francia",
    "it": r"italy|итали[яи]|italia",
    "es": r"spain|испани[яи]|españa|spagna",
    "mx": r"mexico|мексик[аи]|m[eé]xico|messico",
    "ar": r"argentina|аргентин[аы]",
    "br": r"brazil|бразили[яи]|brasil|brasile",
    "tr": r"turkey|турци[яи]|turqu[ií]a|turchia",
    "in": r"india|инди[яи]",
    "kr": r"korea|коре[яи]|corea",
    "jp": r"japan|япони[яи]|jap[oó]n|giappone",
    "cn": r"china|кита[йя]|cina",
    "cis": r"cis|ex-?ussr|former ussr|former soviet union|снг|бывший ссср|antigua urss|ex urss",
    "europe": r"europe|европ[аы]|europa",
    "asia": r"asia|ази[яи]",
    "africa": r"africa|африк[аи]|[aá]frica",
    "latin-america": r"latin america|латинская америка|latinoam[eé]rica|am[eé]rica latina",
}
_PATTERN = re.compile(
    "|".join(rf"(?P<{code.replace('-', '_')}>\b(?:{names})\b)" for code, names in _NAMES.items()), re.IGNORECASE
)


def place_of(answer: str) -> str | None:
    """The one place that an answer names, as a code; None where it names none or several.

    Examples:
        >>> place_of("I am from Spain"), place_of("Россия"), place_of("Spain or Italy"), place_of("a friend")
        ('es', 'ru', None, None)
    """
    latin = re.search(_NAMES["latin-america"], answer, re.IGNORECASE)
    if latin:
        return "latin-america"
    found = {str(match.lastgroup) for match in _PATTERN.finditer(answer)}
    return found.pop().replace("_", "-") if len(found) == 1 else None
