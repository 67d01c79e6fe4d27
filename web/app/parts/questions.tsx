import type { Reply } from "../use-reply.ts";
import { useWords } from "../words/index.ts";

/** What the mail asks, with answers that steer the draft. */
export function Questions({ reply, isReady }: { reply: Reply; isReady: boolean }) {
  const words = useWords();
  const questions = reply.read?.reading.questions ?? [];
  if (questions.length === 0) return null;
  return (
    <section class="questions" aria-labelledby="questions-title">
      <h2 id="questions-title">{words.questions}</h2>
      <ul>
        {questions.map(({ text, answers }) => (
          <li key={text}>
            <p dir="auto">{text}</p>
            <fieldset class="answers" aria-label={text}>
              {answers.map(({ label, steer }) => (
                <button
                  type="button"
                  class="pill"
                  key={label}
                  disabled={!isReady}
                  onClick={() => void reply.write({ line: steer })}
                >
                  {words.answers[label] ?? label}
                </button>
              ))}
            </fieldset>
          </li>
        ))}
      </ul>
    </section>
  );
}
