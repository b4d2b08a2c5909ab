"""Sentences that can be told in any language: an English template, and what fills its gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from string import Formatter
from typing import Any, Protocol, TypeAlias, Union

from manara.model.errors import UsageError

#: What may stand in a gap: words as they are, a number, a day, a sentence to be told in the same
#: language, or several of these.
Arg: TypeAlias = Union[str, int, float, date, "Text", tuple["Arg", ...]]


class Voice(Protocol):
    """One language to tell sentences in, by its code."""

    @property
    def code(self) -> str:
        """Code of the language (ISO 639-1)."""

    def template(self, one: str, many: str, num: int) -> str:
        """Return the template for an English one; ``many`` is its plural, ``""`` for none."""

    def written(self, value: str | float | date, spec: str) -> str:
        """Return a value as it is written, by a format specification of Python."""

    def listed(self, parts: Sequence[str], spec: str) -> str:
        """Return several things as one phrase: ``and``, ``;`` or ``""`` for commas alone."""

    def foreign(self, text: str, lang: str) -> str:
        """Return words of which only those in another language are known."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence, or a part of one, before it is told in a language.

    Made by `phrase` and `counted`, by whose names the catalogues find the templates.

    Attributes:
        one: the English template, with gaps in the manner of `str.format`; without any gap filled
            it is taken as it is.
        many: its plural, ``""`` where no number decides.
        args: what stands in the gaps; ``num`` decides between singular and plural.
        lang: code of the language that the template is written in.
        others: the template in other languages, by code; the catalogues are not asked for these.
    """

    one: str
    many: str = ""
    args: Mapping[str, Arg] = field(default_factory=dict)
    lang: str = "en"
    others: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """It in English."""
        return self.told(_ENGLISH)

    def told(self, voice: Voice) -> str:
        """Return it in a language."""
        num = self.args.get("num", 1)
        template = self.others.get(voice.code) or voice.template(
            self.one, self.many, num if isinstance(num, int) else 1
        )
        if self.args:
            return _Filler(voice).vformat(template, (), self.args)
        same = template == self.one and voice.code != self.lang
        return voice.foreign(template, self.lang) if same and template else template

    def mapped(self, change: Callable[[str], str]) -> Text:
        """Return it with each of the words in its gaps changed."""
        args = {key: _mapped(arg, change) for key, arg in self.args.items()}
        return replace(self, args=args)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values; `text_of` reads them again."""
        told: dict[str, Any] = {"one": self.one}
        if self.many:
            told["many"] = self.many
        if self.args:
            told["args"] = {key: _plain(arg) for key, arg in self.args.items()}
        if self.lang != "en":
            told["lang"] = self.lang
        if self.others:
            told["others"] = dict(self.others)
        return told


def phrase(template: str, /, **args: Arg) -> Text:
    """Return a sentence, or a part of one.

    Args:
        template: it in English.
        args: what stands in its gaps.
    """
    return Text(template, "", args)


def counted(one: str, many: str, /, num: int, **args: Arg) -> Text:
    """Return a sentence whose wording depends on a number.

    Args:
        one: it in English where the number is 1.
        many: it where it is another.
        num: the number, which also fills the gap of this name.
        args: what stands in the other gaps.
    """
    return Text(one, many, {"num": int(num), **args})


def some_of(items: Sequence[str]) -> Text:
    """Return at most three of several things, and how many more there are."""
    if len(items) <= 3:
        return phrase("{items}", items=tuple(items))
    more = len(items) - 3
    return counted("{items} and {num} more", "{items} and {num} more", more, items=tuple(items[:3]))


def text_of(told: Mapping[str, Any]) -> Text:
    """Return the sentence that `Text.plain` gave.

    Raises:
        UsageError: it is of no such form.
    """
    try:
        args = {key: _arg(value) for key, value in told.get("args", {}).items()}
        others = {str(code): str(text) for code, text in told.get("others", {}).items()}
        many, lang = str(told.get("many", "")), str(told.get("lang", "en"))
        return Text(str(told["one"]), many, args, lang, others)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError("is no sentence", where=str(told)[:200]) from error


class English:
    """English, which every template is written in that says nothing else."""

    code = "en"

    def template(self, one: str, many: str, num: int) -> str:
        """Return the singular or the plural."""
        return many if many and num != 1 else one

    def written(self, value: str | float | date, spec: str) -> str:
        """Return a value; a day as ISO 8601 has it unless the specification says otherwise."""
        if isinstance(value, date) and not spec:
            return value.strftime("%Y-%m-%d")
        return format(value, spec)

    def listed(self, parts: Sequence[str], spec: str) -> str:
        """Return several things as one phrase."""
        if spec == "and" and len(parts) > 1:
            return f"{', '.join(parts[:-1])} and {parts[-1]}"
        return f"{spec if spec == ';' else ','} ".join(parts)

    def foreign(self, text: str, lang: str) -> str:
        """Return the words as they are."""
        return text


_ENGLISH = English()


class _Filler(Formatter):
    """Fills gaps in a language; ``{name:cap}`` begins with a capital letter."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, tuple):
            return self._voice.listed([self.format_field(one, "") for one in value], spec)
        if isinstance(value, Text) or spec == "cap":
            told = value.told(self._voice) if isinstance(value, Text) else str(value)
            return told[:1].upper() + told[1:] if spec == "cap" else told
        return self._voice.written(value, spec)


def _mapped(arg: Arg, change: Callable[[str], str]) -> Arg:
    if isinstance(arg, Text):
        return arg.mapped(change)
    if isinstance(arg, tuple):
        return tuple(_mapped(one, change) for one in arg)
    return change(arg) if isinstance(arg, str) else arg


def _plain(arg: Arg) -> Any:
    if isinstance(arg, Text):
        return arg.plain()
    if isinstance(arg, tuple):
        return [_plain(one) for one in arg]
    if isinstance(arg, date):
        return {"day": (arg.date() if isinstance(arg, datetime) else arg).isoformat()}
    if isinstance(arg, str):
        return arg
    # Those of numpy are no numbers of JSON's.
    return int(arg) if hasattr(arg, "__index__") else float(arg)


def _arg(value: Any) -> Arg:
    if isinstance(value, dict):
        return date.fromisoformat(value["day"]) if "day" in value else text_of(value)
    if isinstance(value, list):
        return tuple(map(_arg, value))
    if not isinstance(value, (str, int, float)):
        raise TypeError(value)
    return value
