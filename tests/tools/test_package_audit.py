"""An audit that could ask nobody never reads like one that found nothing."""

import json

import pytest

from tools import package_audit


def test_a_known_hole_is_named_with_its_package():
    told = {
        "dependencies": [
            {"name": "left", "version": "1.0", "vulns": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]},
            {"name": "right", "version": "2.0", "vulns": []},
        ]
    }
    verdict = package_audit.of_pip("run.txt", json.dumps(told))
    assert verdict.holes == ("left 1.0: GHSA-1", "left 1.0: GHSA-2")
    assert "2 packages asked about, 2 known holes" in str(verdict)


def test_packages_about_which_nobody_knew_are_named():
    told = {"dependencies": [{"name": "left", "vulns": []}, {"name": "ours", "skip_reason": "?"}]}
    said = str(package_audit.of_pip("run.txt", json.dumps(told)))
    assert said == "run.txt: 1 packages asked about, 0 known holes. Not checked: ours."


@pytest.mark.parametrize(
    "told",
    ["", "no connection", "[]", json.dumps({"dependencies": [{"name": "a", "skip_reason": "?"}]})],
)
def test_when_nobody_could_be_asked_it_says_that_nothing_was_checked(told: str):
    verdict = package_audit.of_pip("run.txt", told)
    assert verdict.holes == ()
    assert "nothing was checked" in str(verdict)


def test_front_end_packages_are_judged_alike():
    told = {
        "vulnerabilities": {"left": {"severity": "high"}},
        "metadata": {"dependencies": {"total": 7}},
    }
    assert package_audit.of_npm("package-lock.json", json.dumps(told)).holes == ("left: high",)
    refused = json.dumps({"message": "405", "error": {"code": "ENOAUDIT"}})
    assert "nothing was checked" in str(package_audit.of_npm("package-lock.json", refused))
    clean = json.dumps({"vulnerabilities": {}, "metadata": {"dependencies": {"total": 7}}})
    assert "7 packages asked about, 0 known holes" in str(package_audit.of_npm("x", clean))
