"""R13: one key is one case, however often and by however many it is posted at once."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor

from tests.faults.filing import Account, Answer, Post, Sender, encoded, new_key
from tests.faults.invariants import Auditor
from tests.faults.ledger import Ledger, printed


def storm(
    post: Post, stranger: Account, auditor: Auditor, ledger: Ledger, keys: int, posts: int
) -> list[str]:
    """Post each of so many keys so many times at once, then with another body, then as somebody else."""
    before = _cases(auditor)
    wrong: list[str] = []
    senders = [post.sender() for _ in range(posts)]
    with ThreadPoolExecutor(posts) as pool:
        for number in range(keys):
            key, body = new_key(), encoded(post.bodies(600_000 + number))
            ledger.sending(key, body)
            start = threading.Barrier(posts)
            answers = list(pool.map(_at_once, senders, [start] * posts, [body] * posts, [key] * posts))
            wrong += _one_receipt(key, answers, ledger, post)
            if number % 10 == 0:
                other = encoded(post.bodies(650_000 + number))
                wrong += _told_apart(key, other, senders[0], ledger)
                wrong += _learns_nothing(
                    key, body, Sender(post.address, stranger.token, stranger.user), ledger
                )
    for sender in senders:
        sender.close()
    made = _cases(auditor) - before
    return (
        wrong if made == keys else [*wrong, f"R13: {keys} keys posted {posts} times each made {made} cases"]
    )


def _cases(auditor: Auditor) -> int:
    return int(auditor.ask("select count(*) from cases_case")[0][0])


def _at_once(sender: Sender, start: threading.Barrier, body: bytes, key: str) -> Answer | None:
    start.wait(60)
    return sender.post(body, key)


def _one_receipt(key: str, answers: list[Answer | None], ledger: Ledger, post: Post) -> list[str]:
    good = [one for one in answers if one is not None and one.status in {http.client.OK, http.client.CREATED}]
    statuses = sorted(one.status if one else 0 for one in answers)
    receipts = {printed(one.json["receipt"]) for one in good}
    wrong = []
    if len(good) != len(answers) or statuses.count(http.client.CREATED) != 1:
        wrong.append(f"R13: key {key} was answered {statuses}")
    if len(receipts) != 1:
        wrong.append(f"R13: key {key} brought {len(receipts)} receipts")
    if good:
        ledger.acknowledged(key, post.account.user, good[0].json["receipt"])
    return wrong


def _told_apart(key: str, other: bytes, sender: Sender, ledger: Ledger) -> list[str]:
    answer = sender.post(other, key)
    if answer is not None:
        ledger.answered(answer.status, answer.text)
    if answer is None or answer.status != http.client.CONFLICT:
        return [f"R13: key {key} with another body was answered {answer and answer.status}"]
    return []


def _learns_nothing(key: str, body: bytes, stranger: Sender, ledger: Ledger) -> list[str]:
    """Somebody else's key looks like one that nobody used, whether it is looked up or posted."""
    wrong = []
    looked, unknown = (stranger.send("GET", f"/api/v1/keys/{one}") for one in (key, new_key()))
    if looked is None or unknown is None or (looked.status, looked.text) != (unknown.status, unknown.text):
        wrong.append(f"R13: key {key} looked up by a stranger: {looked and looked.text[:120]}")
    answer = stranger.post(body, key)
    number = ledger.acks[key].case_no if key in ledger.acks else "?"
    if answer is None or answer.status < http.client.BAD_REQUEST or number in answer.text:
        wrong.append(f"R13: key {key} posted by a stranger was answered {answer and answer.text[:120]}")
    stranger.close()
    return wrong
