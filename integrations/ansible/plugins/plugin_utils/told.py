# What Ansible shows of a plan: diffs of files, sentences for the rest, warnings.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


def text(node):
    """The content of one side of a file change, and what follows its name: mode, or where a link points."""
    kind = node.get("is")
    if kind == "absent":
        return "", " (absent)"
    if kind == "link":
        return "-> %s\n" % node.get("target"), " (link)"
    content = node.get("content", {})
    mode = " (mode %04o)" % node["mode"] if isinstance(node.get("mode"), int) else ""
    for form in ("text", "masked"):
        if form in content:
            return content[form], mode
    if "sha256" in content:
        return "(secret, sha256 %s)\n" % content["sha256"], mode
    return "(not text: %s bytes)\n" % (len(content.get("hex", "")) // 2), mode


def sentence(step):
    """One line for a step that changes no file."""
    change = step.get("change", {})
    kind = change.get("kind")
    if kind == "load-module":
        what = "load the module %s" % change.get("name")
    elif kind == "swap-off":
        what = "switch off swap on %s" % change.get("area")
    elif kind == "value":
        what = "set %s from %s to %s" % (change.get("path"), change.get("before"), change.get("after"))
    elif kind == "packages":
        what = "install " + ", ".join(" ".join(str(word) for word in package if word) for package in change.get("packages", []))
    elif kind == "action":
        what = "%s %s" % (change.get("verb"), change.get("subject"))
    else:
        what = "%s %s" % (kind, change.get("path", ""))
    return "%s: %s" % (what, step.get("reason", ""))


def diffs(steps):
    """The diffs of a list of steps, in their order."""
    shown = []
    for step in steps:
        change = step.get("change", {})
        if change.get("kind") != "file":
            shown.append({"prepared": sentence(step) + "\n"})
            continue
        before, before_mode = text(change.get("before", {}))
        after, after_mode = text(change.get("after", {}))
        path = change.get("path", "")
        shown.append({"before_header": path + before_mode, "before": before, "after_header": path + after_mode, "after": after})
    return shown


def notes(document):
    """Notes of a plan as warnings of the task."""
    lines = []
    for note in document.get("notes") or []:
        hint = " (%s)" % note["hint"] if note.get("hint") else ""
        lines.append("%s%s [%s]" % (note.get("what"), hint, note.get("code")))
    return lines


def short(steps):
    """What stands in a result for each step; contents are in the diff."""
    rows = []
    for step in steps:
        change = step.get("change", {})
        subject = change.get("path") or change.get("subject") or change.get("name") or change.get("area") or change.get("manager") or ""
        rows.append({"resource": step.get("resource"), "kind": change.get("kind"), "subject": subject, "reason": step.get("reason")})
    return rows
