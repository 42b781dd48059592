"""The lives that P1 lives: who sends what, made from what the prepared database knows."""

import json
from typing import Any

Step = dict[str, str]
USUAL_LEVELS = {"review", "decide"}


def lives(prepared: dict[str, Any]) -> list[list[Step]]:
    """One life for each matter that is examined and decided in the usual two steps, in the order of their codes.

    The window files for a company, whose papers it holds; it accepts; a reviewer of the department proposes; its head
    decides; the window delivers. Five people's rights, five writes.
    """
    made = []
    applicants = sorted(prepared["applicants"])
    for number, matter in enumerate(sorted(prepared["matters"], key=lambda one: str(one["item_code"]))):
        if set(matter["levels"]) <= USUAL_LEVELS:
            who = prepared["applicants"][applicants[number % len(applicants)]]
            made.append(life(prepared, matter, who))
    return made


def life(prepared: dict[str, Any], matter: dict[str, Any], applicant: dict[str, str]) -> list[Step]:
    """The five requests of one case."""
    filing = {
        "item_code": matter["item_code"], "channel": prepared["channel"], "applicant": applicant,
        "answers": matter["answers"], "materials": matter["materials"],
    }  # fmt: skip
    department = matter["department"]
    acts: list[tuple[str, str, dict[str, str]]] = [
        ("accept", "clerk", {}),
        ("propose", f"reviewer.{department}", {"outcome": "granted", "opinion": "材料齐全，符合法定条件，建议准予许可。"}),
        ("decide", f"head.{department}", {"outcome": "granted"}),
        ("deliver", "clerk", {"method": "window", "receiver": applicant["name"]}),
    ]  # fmt: skip
    first = step("file", "/api/v1/cases", prepared["tokens"]["clerk"], filing)
    return [
        first,
        *(
            step(name, "/api/v1/cases/{number}/" + name, prepared["tokens"][who], body)
            for name, who, body in acts
        ),
    ]


def step(name: str, path: str, token: str, body: dict[str, Any]) -> Step:
    """One request, as the generator and the capture take it."""
    return {"name": name, "path": path, "token": token, "body": json.dumps(body, ensure_ascii=False)}
