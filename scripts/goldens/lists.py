"""Cuts golden/lists/lists.mbox.gz from the public list mail of 2002; see golden/lists/README.md.

Run from the repository root:  python3 scripts/goldens/lists.py path/to/lists-2002-b.mbox.gz
Keeps whole threads (messages 1 to 130 as they came) and every message that is not a person's mail: the programs', feeds' and
newsletters' that a person marked as such by looking at them.
"""
import gzip, re, sys

FIRST = 130
# bounces, notifications, senders that take no answer; then newsletters and feeds, after the first 130
NOT_PERSONS = [511, 525, 675, 678, 679, 1274, 1275, 1295, 1296, 1297, 1298, 1301, 1302, 1303, 1304, 1311, 1315, 1316,
               1317, 1323, 1327, 1328, 1329, 1330, 1331, 1332, 1336, 1337, 1338, 1339, 1345, 1351, 1352, 1353, 1354, 1355,
               1356, 1361, 1362, 1370, 1371, 1379, 1381, 1387, 1388]

messages = re.split(rb"\n(?=From \S+ +\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}\n)", gzip.open(sys.argv[1]).read())
picked = messages[:FIRST] + [messages[number - 1] for number in NOT_PERSONS]
text = b"".join(message.rstrip(b"\n") + b"\n\n" for message in picked)
with open("golden/lists/lists.mbox.gz", "wb") as file:
    file.write(gzip.compress(text, 9, mtime=0))
print(len(messages), "messages,", len(picked), "kept,", len(text), "bytes")
