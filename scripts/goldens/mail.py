"""Truth for src/mail from Python's own `mailbox` and `email`; see golden/mail/README.md.

Run from the repository root:  python scripts/goldens/mail.py [path/to/lists-2002-a.mbox.gz]
With the mailbox it also picks lists.mbox anew; without, the committed one is used.
"""
import email, email.policy, email.utils, gzip, json, mailbox, re, sys
from datetime import timezone

OUT = "golden/mail/"
# encoded words, 8-bit headers, multipart, HTML, flowed, escaped From_ lines, odd charsets, obsolete dates
PICKED = [4, 10, 11, 12, 16, 27, 39, 48, 62, 70, 74, 255, 306, 368, 392, 578, 1034, 1423, 2026, 2140]
DATES = """Thu, 22 Aug 2002 18:26:25 +0700
Thu, 22 Aug 2002 18:57:35 GMT
29 Aug 2002 11:19:27 -0400
Mon, 26 Aug 2002 14:13:15 UT
Fri,  6 Sep 2002 09:08:07 -0700 (PDT)
Wed, 04 Sep 02 22:28:29 EST
Wed, 4 Sep 99 22:28 PDT
Tue, 31 Dec 1996 23:59:59 -1200
Sat, 01 Jan 2000 00:00:00 +1400
Thu, 29 Feb 2024 12:00:00 Z
Mon, 24 Jun 2024 10:11:12
Mon, 24 Jun 2024 10:11:12 +0530
24 Jun 2024 10:11 +0000""".split("\n")


def pick(path):
    messages = re.split(rb"\n(?=From \S+ +\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}\n)", gzip.open(path).read())
    with open(OUT + "lists.mbox", "wb") as file:
        for number in PICKED:
            file.write(messages[number - 1].rstrip(b"\n") + b"\n\n")


def iso(header):
    date = email.utils.parsedate_to_datetime(header)
    if date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    return date.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def describe(message):
    """What our parser must find too. Raw bytes above 0x7F in a header are no MIME: those headers are left out."""
    row = {"messageId": re.findall(r"<(.*?)>", message["message-id"])[0], "date": iso(message["date"])}
    raw = {key.lower(): value for key, value in message._headers}
    for key in ("subject", "from"):
        if all(ord(c) < 128 for c in str(raw[key])):
            row[key] = str(message[key])
    row["references"] = re.findall(r"<(.*?)>", message["references"] or "")
    body = message.get_body(("plain",))
    charset = body.get_content_charset("us-ascii") if body else ""
    if body and body.get_content_type() == "text/plain" and body.get_param("format") != "flowed":
        text = body.get_content()
        if "\ufffd" not in text:
            row["text"] = re.sub(r"(?m)^>(>*From )", r"\1", text)
    return row


if len(sys.argv) > 1:
    pick(sys.argv[1])
factory = lambda file: email.message_from_binary_file(file, policy=email.policy.default)
rows = [describe(message) for message in mailbox.mbox(OUT + "lists.mbox", factory=factory)]
assert len(rows) == len(PICKED)
with open(OUT + "lists.json", "w") as file:
    json.dump({"python": sys.version.split()[0], "messages": rows, "dates": [[d, iso(d)] for d in DATES]}, file, indent=1, ensure_ascii=False)
    file.write("\n")
