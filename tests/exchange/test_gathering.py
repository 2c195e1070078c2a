"""Gather: keys, prompts and silence."""

from tests.exchange.conftest import CALLER, Line

MENU = (
    "<Response><Gather action='/chosen' {rules}><Say>Press 1 to wait, or 2 to be called back."
    "</Say></Gather><Say>No choice.</Say><Pause length='60'/></Response>"
)


def start(line: Line, rules: str):
    line.customer.replies["/tw/voice/inbound"] = MENU.format(rules=rules)
    line.customer.replies["/chosen"] = (
        "<Response><Say>Thank you.</Say><Pause length='60'/></Response>"
    )
    sam = line.telephone(CALLER)
    sam.dial()
    return sam


def test_a_key_cuts_the_prompt_short_and_is_sent_at_once(line: Line):
    sam = start(line, "numDigits='1'")
    assert sam.call["wants_keys"]
    sam.do("keys", digits="1")
    (chosen,) = line.customer.at("/chosen")
    assert (chosen["Digits"], chosen["FinishedOnKey"], chosen["msg"]) == ("1", "", "Gather End")
    assert sam.heard[-1] == "Thank you."
    assert not sam.call["wants_keys"]


def test_silence_goes_on_with_the_next_verb_after_prompt_and_timeout(line: Line):
    sam = start(line, "numDigits='1' timeout='5'")
    line.advance(8)
    assert "No choice." not in sam.heard
    line.advance(2)
    assert sam.heard[-1] == "No choice."
    assert line.customer.at("/chosen") == []


def test_digits_end_at_the_finish_key(line: Line):
    sam = start(line, "")
    sam.do("keys", digits="123#4")
    (chosen,) = line.customer.at("/chosen")
    assert (chosen["Digits"], chosen["FinishedOnKey"]) == ("123", "#")


def test_digits_end_when_no_more_come(line: Line):
    sam = start(line, "timeout='4'")
    sam.do("keys", digits="12")
    line.advance(3)
    sam.do("keys", digits="3")
    line.advance(3)
    assert line.customer.at("/chosen") == []
    line.advance(1)
    assert line.customer.at("/chosen")[0]["Digits"] == "123"


def test_silence_is_told_only_when_asked_for(line: Line):
    start(line, "actionOnEmptyResult='true' timeout='2'")
    line.advance(10)
    assert line.customer.at("/chosen")[0]["Digits"] == ""


def test_without_an_action_the_same_document_is_asked(line: Line):
    line.customer.replies["/tw/voice/inbound"] = lambda params: (
        "<Response><Say>Got it.</Say></Response>"
        if "Digits" in params
        else "<Response><Gather numDigits='1'/></Response>"
    )
    sam = line.telephone(CALLER)
    sam.dial()
    sam.do("keys", digits="7")
    assert sam.heard == ["Got it."]


def test_keys_that_are_not_on_a_telephone_are_refused(line: Line):
    sam = start(line, "")
    assert line.refused(f"/control/handsets/{sam.name}/keys", {"digits": "12a"})[0] == 400
    assert line.refused(f"/control/handsets/{sam.name}/keys", {"digits": ""})[0] == 400


def test_hanging_up_during_a_prompt_asks_nothing(line: Line):
    sam = start(line, "numDigits='1'")
    sam.do("hang-up")
    line.advance(60)
    assert line.customer.at("/chosen") == []
    assert sam.call["state"] == "ended"
