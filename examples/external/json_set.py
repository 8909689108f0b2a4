"""Scores a list: right when it has the elements of the target, in any order. docs/extending.md

The answer is the last JSON array of the completion; capital letters do not matter.
"""
import json
import re
import sys

ARRAY = re.compile(r"\[[^\[\]]*\]")


def elements(text):
    """The elements of the last array in `text`, or nothing when none can be read."""
    for found in reversed(ARRAY.findall(text)):
        try:
            return {str(element).strip().lower() for element in json.loads(found)}
        except json.JSONDecodeError:
            continue
    return None


def judge(request):
    wanted = elements(request["doc"]["target"])
    found = elements(request["completion"]["text"])
    if not wanted:
        return {"outcome": "invalid", "explanation": "the target is no list with elements"}
    if found is None:
        return {"outcome": "no_answer", "explanation": "the completion has no JSON array",
                "metrics": {"missing": len(wanted), "spurious": 0}}
    missing, spurious = sorted(wanted - found), sorted(found - wanted)
    reply = {"outcome": "scored", "score": 0 if missing or spurious else 1,
             "answer": json.dumps(sorted(found)),
             "metrics": {"missing": len(missing), "spurious": len(spurious)}}
    if missing or spurious:
        reply["explanation"] = f"missing {missing}, spurious {spurious}"
    return reply


def main():
    print(json.dumps({"tally_scorer": 1, "columns": ["missing", "spurious"]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **judge(request)}), flush=True)


if __name__ == "__main__":
    main()
