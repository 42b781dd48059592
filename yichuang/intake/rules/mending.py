"""What an applicant says to a correction notice, line by line, as one text."""

from collections.abc import Sequence

from yichuang.kernel.errors import Invalid


def told(note: str, said: Sequence[tuple[int, str]], materials: Sequence[str]) -> str:
    """The note with what was said to single lines, each by its number and material. Raises Invalid for a line that is none."""
    wrong = {
        f"lines.{position}.line": "补正通知中没有这一项，或者重复回复"
        for position, (place, _) in enumerate(said)
        if not 1 <= place <= len(materials) or place in [other for other, _ in said[:position]]
    }
    if wrong:
        raise Invalid("补正的内容有误。", how="各项的序号见 waiting。", fields=wrong)
    lines = [f"第 {place} 项（{materials[place - 1]}）：{words}" for place, words in sorted(said)]
    return "\n".join([note, *lines] if note else lines)
