# ruff: noqa: RUF001 - these are the signs that people type
"""What a text looks like, whatever its words: fences, operators, file names, numbers, answer options.

Every pattern is tried only when one of its cheap signs is in the text, begins with a fixed character or a class, and
repeats nothing without a bound: a text of bounded length costs bounded time, whatever it holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["shapes"]


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    signs: tuple[str, ...]
    """One of these must be in the text; none means that the pattern is always tried."""
    pattern: re.Pattern[str] | None = None
    """None: the sign is the shape."""

    def holds(self, text: str) -> bool:
        if self.signs and not any(sign in text for sign in self.signs):
            return False
        return self.pattern is None or self.pattern.search(text) is not None


def _shape(name: str, pattern: str = "", *signs: str) -> _Shape:
    return _Shape(name, signs, re.compile(pattern, re.MULTILINE) if pattern else None)


_FILE_ENDINGS = (
    "py|js|mjs|ts|tsx|jsx|vue|java|kt|c|cc|cpp|h|hpp|cs|go|rs|rb|php|swift|lua|sh|bash|ps1|bat|sql|html?|"
    "css|scss|json|ya?ml|xml|toml|csv|tsv|txt|log|md|conf|cfg|ini|env|jar|exe|dll|so|zip|gz|tar|deb|"
    "ipynb|lock|svg|png|jpe?g|pdf|mp3|mp4|xlsx?|docx?|bak|tmp|pem|tf"
)
_PROGRAMS = (
    "sudo|apt|apt-get|pip3?|npm|npx|yarn|git|docker|docker-compose|kubectl|helm|terraform|cd|ls|grep|sed|"
    "awk|chmod|chown|curl|wget|ssh|scp|rsync|tar|cat|echo|find|make|mvn|gradle|cargo|go|python3?|node|"
    "php|ruby|java|javac|gcc|brew|systemctl|ps|kill|xargs|sort|head|tail"
)
_UNITS = (
    "km|kg|cm|mm|m|g|mg|mL|ml|cl|L|l|s|h|min|mph|km/h|m/s|°C|°F|°|V|W|kW|J|N|K|Hz|kHz|kJ|mol|atm|k?Pa|ft|"
    "in|lbs?|oz|ans|years?|hours?|heures?|days?|jours?|weeks?|semaines?|minutes?|secondes?|seconds?|"
    "miles?|met(?:er|re)s?|mètres?|kilom(?:et|èt)[er]{2}s?|litres?|liters?|euros?|dollars?|cents?|grams?|"
    "grammes?|degrees|degrés"
)

_SHAPES = (
    _shape("fence", "", "```", "~~~"),
    _shape("call", r"[._][a-z]\w{0,24}\(|\((?<=[a-z]\()(?:['\"\[{)]|\w{1,12}[,=)])", "("),
    _shape("dotted", r"\.[a-z]\w{0,20}\.[a-z]\w|\.[a-z]+[A-Z]", "."),
    _shape(
        "member",
        "",
        "self.",
        "this.",
        "console.",
        " np.",
        " pd.",
        "os.path",
        "plt.",
        " df.",
        "df[",
        "Math.",
        "math.",
        "sys.",
        "fs.",
        "React.",
        "System.",
        "document.",
    ),
    _shape("scope", r"::[A-Za-z_]", "::"),
    _shape("camel", r"[A-Z](?<=[a-z][a-z][A-Z])[a-z]"),
    _shape("snake", r"_(?<=[a-z]_)[a-z]{2}", "_"),
    _shape("dunder", r"__[a-z]{2,20}__", "__"),
    _shape("constant", r"_(?<=[A-Z]_)[A-Z]{2}", "_"),
    _shape("filename", rf"\.(?<=[\w*]\.)(?:{_FILE_ENDINGS})\b(?![@.])", "."),
    _shape("path", r"/(?<=[\s'\"`(~.=]/)[A-Za-z_][\w.-]{0,40}/?[\w.-]|^/[a-z]", "/"),
    _shape("drive", r"\b[A-Z]:\\", ":\\"),
    _shape("option", r"-(?<=\s-)-?[a-zA-Z][\w-]{0,20}(?=[\s=)'\"`]|$)", " -"),
    _shape(
        "shell",
        rf"\b(?:{_PROGRAMS}) (?:[-./~*'\"$]|\w+ -|\w+\.\w)",
        *(" -", " ./", " ../", " /", " ~/", " *.", " $"),
    ),
    _shape(
        "shell_verb",
        r"\b(?:pip|npm|yarn|apt|brew|gem|cargo|git|docker|kubectl|go|composer|conda|helm) (?:install|run"
        r"|start|build|add|push|pull|commit|clone|get|apply|update|init|log|status|rebase|merge|checkout"
        r"|require)\b",
        *("pip ", "npm ", "yarn ", "apt ", "brew ", "gem ", "cargo ", "git ", "docker ", "kubectl ", "go "),
        *("composer ", "conda ", "helm "),
    ),
    _shape("prompt", r"^\s{0,4}(?:\$|>>>|#|PS>|C:\\>) ?\w", "$", ">>>", "#", "PS>", "C:\\>"),
    _shape(
        "statement",
        r"^[ \t]{0,16}(?:def|class|import|from|public|private|protected|func|fn|let|const|var|return|if|for|while"
        r"|else|elif|try|switch|case|SELECT|INSERT|UPDATE"
        r"|DELETE|CREATE|ALTER|WITH|package|using|namespace|struct|enum|interface|type|#include|#define|print|echo"
        r"|async|await|end|begin|val|use)\b[^.?!\n]{0,80}[({:;=<]",
    ),
    _shape(
        "sql",
        r"\b(?:SELECT|INSERT INTO|DELETE FROM|CREATE TABLE|ALTER TABLE|GROUP BY|ORDER BY|(?:LEFT|INNER|OUTER) JOIN)\b"
        r"|\bselect\b[^\n.?]{1,80}\bfrom \w+(?:;| where| join| order| group|$)",
        *("SELECT", "INSERT", "DELETE", "CREATE", "ALTER", "GROUP BY", "ORDER BY", "JOIN", "select"),
    ),
    _shape("signature", r"\((?<=\w\()(?:\w{1,20}, ?){1,8}\w{1,20}\)", "("),
    _shape("line_end", r"[;{}]\s{0,4}$", ";", "{", "}"),
    _shape("indented", r"^(?:    |\t)\S", "\n    ", "\n\t"),
    _shape("operator", r"[-=!<>+*/:|&]=(?!=\d)|=>|->|&&|\|\||\+\+|<<|>>", "=", "->", "&&", "||", "++", "<<", ">>"),
    _shape("assign", r"=(?<=[\w\])]=)[\w\"'\[{(]|= ?(?<=[a-z]{2} = )[\w\"'\[{(&]|= (?<=[a-z_] = )[\"'\[{]", "="),
    _shape("tag", r"</?[a-zA-Z][\w-]{0,20}(?: [^<>\n]{0,80})?/?>", "<"),
    _shape("generic", r"<(?<=\w<)[A-Za-z]\w{0,20}[,>]", "<"),
    _shape("error_name", r"(?:Error|Exception)(?<=[a-z]....[rn])\b|(?:Error|Exception)s?: ", "Error", "Exception"),
    _shape(
        "trace",
        r"Traceback|\n\s{0,8}at [\w.$]{2,60}\(|rr(?:or|eur)(?:\[\w{1,8}\])?:|rr(?:or|eur) [1-5]\d\d\b"
        r"|l(?:ine|igne) \d{1,5}|exit code|HTTP[ /][1-5]|status (?:code )?[1-5]\d\d|ERROR|WARN",
        "Traceback",
        "at ",
        "rror",
        "rreur",
        "line ",
        "ligne ",
        "exit code",
        "HTTP",
        "status",
        "ERROR",
        "WARN",
    ),
    _shape(
        "example",
        r"^\s{0,4}(?:Input|Output|Entrée|Sortie|In|Out|Example \d|Exemple \d|Constraints"
        r"|Sample Input)\s?:?",
        "put",
        "In",
        "Out",
        "Ex",
        "Entr",
        "Sortie",
        "Constraints",
    ),
    _shape("doctest", r">>> |\bassert\b|\"\"\"|'''", ">>>", "assert", '"""', "'''"),
    _shape(
        "brackets",
        r"\[\d{1,6}(?:, ?\d{1,6}){1,20}\]|\[['\"]|\[\[|\[(?<=\w\[)\w{1,10}\]|\{['\"]|\(['\"]",
        *("[", "{", "("),
    ),
    _shape("ticked", r"`[^`\n]{1,80}`", "`"),
    _shape("url", r"https?://\S{3}|\bwww\.\w", "http", "www."),
    _shape("variable_slot", r"\$\{|\{\{|%[sd]\b|\$[a-zA-Z_]\w{2}|@[A-Z][a-z]{3}", "$", "{{", "%", "@"),
    _shape(
        "options",
        r"[(\n ][A-Ea-e][).:]\s?\S[^\n]{0,160}?[\n (]{1,2}[B-Fb-f][).:]\s?\S",
        "A)",
        "A.",
        "A:",
        "a)",
        "(A",
        "(a",
    ),
    _shape(
        "latex",
        r"\\(?:frac|d?frac|sqrt|begin|left|cdot|times|sum|int|lim|text|angle|pi|leq?|geq?|sin|cos|ln|log"
        r"|math\w{2,4}|overline|boxed|circ|in|to|infty|right\w*|alpha|beta|theta|mu)\b"
        r"|\$[^$\n]{0,60}[\\^=_+a-z][^$\n]{0,60}\$",
        "\\",
        "$",
    ),
    _shape("money", r"[$€£] ?\d|\d ?[$€£]|\bRs\.? ?\d", "$", "€", "£", "Rs"),
    _shape("percent", r"%(?<=\d%)|%(?<=\d\s%)|\d+ ?(?:percent|per cent|pour cent)\b", "%", "cent"),
    _shape(
        "equation",
        r"[-+*/=<>^](?<=\d.) ?[(\dxyznab]|[-+*/=<>^](?<=\d .) ?[(\dxyznab]"
        r"|[=^+](?<=[xyznabtfk)].) ?-?[\d(xynab]|=(?<=[xyznabtk)] =) ?-?[\d(xynab]"
        r"|=(?<=[)\d] =)",
        "=",
        "+",
        "^",
        "*",
        "/",
        "<",
        ">",
        " - ",
    ),
    _shape("times", r"\d ?[x×÷] ?\d|\d (?:fois|times|plus|moins|minus|divided|divisé)\b"),
    _shape("maths_sign", r"[²³√∫∑≤≥≠±π∞θ∈∪∩→⇒∀∃≈°½¼¾×÷]"),
    _shape("subscript", r"_(?<=[A-Za-z)]_)[{\d]", "_"),
    _shape("function_of", r"\((?<=[ $=(][fghuvP]\()[a-z\d-]", "("),
    _shape("variable", r"[xyznkmXYZ](?<![\w'’.\-][xyznkmXYZ])(?![\w'’.(\-:])(?! ?[?!])"),
    _shape("sequence", r"\d ?, ?\d{1,6} ?, ?\d{1,6} ?,? ?(?:\d|\?|…|\.\.|_)", ","),
    _shape("measure", rf"\d ?(?:{_UNITS})\b"),
    _shape("clock_time", r"\d(?::\d\d|h\d\d| ?[ap]\.?m)\b", ":", "h", "am", "pm", "a.m", "p.m"),
    _shape("name_list", r", [A-Z][a-z]{1,15},? (?:and|et) [A-Z]", " and ", " et "),
    _shape(
        "formula",
        r"[A-Z](?<![A-Za-z].)[a-z]?\d?(?:[A-Z][a-z]?\d){1,4}\b"
        r"|[A-Z](?<![A-Za-z].)[a-z]?\d?(?:\([a-z]{1,2}\))? ?(?:\+|→|->) ?\d?[A-Z]",
    ),
    _shape("blank", r"_{3}|\.{4}|\? ?[,.]", "___", "....", "?,", "? ,", "? ."),
    _shape("emoji", r"[\U0001F300-\U0001FAFF\u2600-\u27BF]"),
    _shape("smiley", "", ":)", ":-)", ":(", ":-(", ";)", ";-)", ":D", ":P", ":p", "<3", " xD", "^^", ":'("),
    _shape("quoted", r"[\"“«] ?[^\"”»\n]{12,400}[\"”»]", '"', "“", "«"),
    _shape("list_item", r"^\s{0,4}(?:[-*•]|\d{1,2}[.)])\s"),
    _shape("field", r"^[A-ZÉ][\w ]{2,24} ?: ?\S", ":"),
    _shape("colon_line", r":\s*$", ":"),
    _shape("shout", r"[!?]{2}", "!!", "??", "!?", "?!"),
    _shape("ellipsis", r"\.\.\.|…", "...", "…"),
)

_MARKS = {
    "{": "brace",
    "[": "bracket",
    "(": "paren",
    "=": "equals",
    "_": "underscore",
    "\\": "backslash",
    "|": "pipe",
    "/": "slash",
    "<": "angle",
    ";": "semi",
    "#": "hash",
    "$": "dollar",
    "\n": "newline",
    '"': "quote",
    ":": "colon",
    "!": "bang",
}
_MANY = 3
_LENGTHS = (20, 45, 90, 180, 400, 900)
_WORD_COUNTS = (2, 4, 7, 11, 18, 35, 80)
_NUMBER = re.compile(r"(?<![\w.])\d[\d.,]{0,20}")
_NUMBER_STEPS = (1, 2, 3, 5)


def shapes(text: str, word_count: int) -> Iterator[str]:
    """Yield the names of the shapes found in a text of bounded length."""
    for mark, name in _MARKS.items():
        count = text.count(mark)
        if count:
            yield f"s:{name}"
            if count >= _MANY:
                yield f"s:{name}+"
    for shape in _SHAPES:
        if shape.holds(text):
            yield f"s:{shape.name}"
    found = len(_NUMBER.findall(text))
    for least in _NUMBER_STEPS:
        if found >= least:
            yield f"s:numbers{least}"
    yield from _ends(text)
    yield f"s:chars{sum(len(text) > step for step in _LENGTHS)}"
    yield f"s:words{sum(word_count > step for step in _WORD_COUNTS)}"


def _ends(text: str) -> Iterator[str]:
    last = text[-1:]
    yield f"s:ends{last}" if last and last in "?.!:" else "s:ends_bare"
    if "?" in text:
        yield "s:asks"
    if text[:1].islower():
        yield "s:starts_small"
