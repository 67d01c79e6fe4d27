"""Makes golden/parquet: small Parquet files by pyarrow, with the exact schema of FinePersonas-Conversations-Email-Summaries.

    python scripts/goldens/parquet.py

The texts are made up here. Conversation ids repeat (0, 1, 0, 0 …), as they do in the data set; summaries are null where the
script that made the data set found none.
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parents[2] / "golden" / "parquet"

SCHEMA = pa.schema(
    [
        ("conversation_id", pa.int64()),
        ("email", pa.string()),
        ("maximum_brevity_summary", pa.string()),
        ("summary", pa.string()),
        (
            "distilabel_metadata",
            pa.struct(
                [
                    (
                        "raw_input_email_summarization_0",
                        pa.list_(pa.struct([("content", pa.string()), ("role", pa.string())])),
                    ),
                    ("raw_output_email_summarization_0", pa.string()),
                ]
            ),
        ),
        ("model_name", pa.string()),
    ]
)


def row(conversation: int, subject: str, body: str, summary: str | None) -> dict:
    email = f"Subject: {subject}\n\n{body}"
    raw = f"## Maximum brevity summary\n\n{summary}\n\n## Summary\n\n{summary}" if summary else "No."
    return {
        "conversation_id": conversation,
        "email": email,
        "maximum_brevity_summary": summary,
        "summary": summary,
        "distilabel_metadata": {
            "raw_input_email_summarization_0": [
                {"content": "You are an AI assistant designed to summarize emails.", "role": "system"},
                {"content": email, "role": "user"},
            ],
            "raw_output_email_summarization_0": raw,
        },
        "model_name": "Qwen/Qwen2.5-72B-Instruct",
    }


ROWS = [
    row(0, "The harvest count", "Hi Ada,\n\nhow many crates did the north field give this year? I need it by Friday.\n\nBen", "Ben asks for the crates."),
    row(0, "Re: The harvest count", "Hi Ben,\n\nforty-one crates, and the last two are still in the barn.\n\nAda", "Ada answers: 41."),
    row(0, "Re: The harvest count", "Thank you, Ada. I shall fetch the last two on Thursday at ten.\n\nBen", None),
    row(1, "Café tables – für März", "Liebe Zoë,\n\nkannst du bitte zwei Tische für März reservieren? 日本語 works too.\n\nJörg", "Jörg wants two tables."),
    row(1, "Re: Café tables – für März", "Lieber Jörg,\n\nzwei Tische sind reserviert, am Fenster wie gewünscht.\n\nZoë", None),
    row(0, "A new conversation with an old id", "Dear Ruth,\n\nwould you review the attached budget before Monday?\n\nSam", "Sam asks for a review."),
    row(2, "Alone", "Hello,\n\nthis mail has no answer in the data set at all, nobody wrote back.\n\nKim", "Kim writes."),
]

OUT.mkdir(parents=True, exist_ok=True)
table = pa.Table.from_pylist(ROWS, schema=SCHEMA)
pq.write_table(table, OUT / "default.parquet")  # Snappy, dictionaries, one row group: pyarrow's defaults
pq.write_table(table, OUT / "groups.parquet", row_group_size=2, compression="zstd", data_page_version="2.0")
pq.write_table(
    table, OUT / "delta.parquet", use_dictionary=False, compression="gzip", write_page_index=True, row_group_size=5,
    column_encoding={"email": "DELTA_BYTE_ARRAY", "conversation_id": "DELTA_BINARY_PACKED"},
)
columns = ["conversation_id", "email", "maximum_brevity_summary", "summary", "model_name"]
read = pq.read_table(OUT / "default.parquet", columns=columns).to_pylist()
(OUT / "rows.json").write_text(json.dumps({"pyarrow": pa.__version__, "rows": read}, ensure_ascii=False, indent=1) + "\n")
