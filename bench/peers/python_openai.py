"""The official Python client under an asyncio.Semaphore(50), as in the paper's section 3.2.1, its own two retries."""
import asyncio
import json
import sys
import time

from openai import AsyncOpenAI


async def main() -> None:
    options = json.loads(sys.argv[1])
    with open(options["requests"], encoding="utf-8") as lines:
        bodies = [json.loads(line) for line in lines]
    client = AsyncOpenAI(base_url=options["baseUrl"], api_key="none")
    semaphore = asyncio.Semaphore(options["concurrency"])

    async def send(body: dict) -> bool:
        async with semaphore:
            try:
                answer = await client.chat.completions.create(**body)
                return bool(answer.choices[0].message.content)
            except Exception:
                return False

    start = time.perf_counter()
    start_cpu = time.process_time()
    results = await asyncio.gather(*(send(body) for body in bodies))
    seconds = time.perf_counter() - start
    cpu_seconds = time.process_time() - start_cpu
    ok = sum(results)
    print(json.dumps({"ok": ok, "failed": len(results) - ok, "seconds": seconds, "cpuSeconds": cpu_seconds}))


asyncio.run(main())
