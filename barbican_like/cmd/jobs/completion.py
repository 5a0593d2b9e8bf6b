"""A completion script for bash, made of what the commands' help says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_CHOICES: Final = re.compile(r"(--[a-z][a-z-]*) \{([\w,-]+)\}")
_WORDS: Final = re.compile(r"(?<!\S)\{([\w,-]+)\}")
_FRAME: Final = """\
# bash completion for barbican-jobs: source <(barbican-jobs completion bash)
_barbican_jobs() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= one found=
    for one in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $one in
            {commands}) command=$one; break ;;
        esac
    done
    case $command$before in
{values}
    esac
    if [ -z "$found" ]; then
        case $command in
{words}
        esac
    fi
    COMPREPLY=($(compgen -W "$found" -- "$word"))
}}
complete -o default -F _barbican_jobs barbican-jobs
"""


def script(common: str, helps: Mapping[str, str]) -> str:
    """The script.

    :param common: the help of the program.
    :param helps: the help of each command. Both in lines that are not broken.
    """
    values = _values("", common)
    words = [f"            '') found='{' '.join([*helps, *_options(common)])}' ;;"]
    for name, text in helps.items():
        values += _values(name, text)
        plain = [word for group in _positional(text) for word in group.split(",")]
        words.append(f"            {name}) found='{' '.join([*plain, *_options(text)])}' ;;")
    return _FRAME.format(commands="|".join(helps), values="\n".join(values), words="\n".join(words))


def _options(text: str) -> list[str]:
    return sorted(set(_OPTION.findall(text)))


def _values(command: str, text: str) -> list[str]:
    found = dict(_CHOICES.findall(text))
    return [
        f"        {command}{option}) found='{words.replace(',', ' ')}' ;;" for option, words in found.items()
    ]


def _positional(text: str) -> list[str]:
    usage = _CHOICES.sub("", text.partition("\n\n")[0])
    return _WORDS.findall(usage)
