/** The app: one screen with the mail and its reply, and three sheets over it. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { LeftOutNote } from "../shared/left-out.tsx";
import { createEngine } from "./engine/client.ts";
import { Composer } from "./parts/composer.tsx";
import { FaultBar } from "./parts/fault-bar.tsx";
import { HistorySheet } from "./parts/history-sheet.tsx";
import { MailCard, Verdict } from "./parts/mail-card.tsx";
import { ModelBar } from "./parts/model-bar.tsx";
import { ModelSheet } from "./parts/model-sheet.tsx";
import { NewMail } from "./parts/new-mail.tsx";
import { PrivacySheet } from "./parts/privacy-sheet.tsx";
import { Questions } from "./parts/questions.tsx";
import { Suggestions } from "./parts/suggestions.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { UpdateBar } from "./parts/update-bar.tsx";
import { takeShared } from "./shared.ts";
import { keep } from "./store/settings.ts";
import { useModels } from "./use-models.ts";
import { useReply } from "./use-reply.ts";
import { useServiceWorker } from "./use-service-worker.ts";
import { firstLanguage, LANGUAGES, WordsContext } from "./words/index.ts";

export function App() {
  const [language, setLanguage] = useState(firstLanguage);
  const [crashes, setCrashes] = useState(0);
  const [sheet, setSheet] = useState<"models" | "history" | "privacy" | null>(null);
  const engine = useMemo(() => createEngine(startWorker, () => setCrashes((count) => count + 1)), []);
  const models = useModels(engine, crashes);
  const reply = useReply(engine, models.isReady);
  const update = useServiceWorker();
  const { words } = LANGUAGES[language];
  const leftOut = reply.read === null || !reply.wantsReply ? [] : reply.read.leftOut;
  useEffect(() => {
    document.documentElement.lang = language;
    keep({ language });
  }, [language]);
  useEffect(() => {
    const take = () => void takeShared().then((found) => found && reply.takeBytes(found.bytes, found.name));
    take();
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  const close = () => setSheet(null);
  return (
    <WordsContext.Provider value={words}>
      <TopBar open={setSheet} hasMail={reply.read !== null} forget={reply.forget} />
      <main class={reply.read === null ? "start" : "desk"} id="main">
        {update.isWaiting && <UpdateBar reload={update.reload} />}
        {reply.read === null ? (
          <>
            <NewMail take={reply.take} takeBytes={reply.takeBytes} />
            <ModelBar models={models} open={() => setSheet("models")} />
          </>
        ) : (
          <>
            <div class="side">
              <MailCard mail={reply.read.mail} leftOut={leftOut} />
              <LeftOutNote leftOut={leftOut} words={words} />
            </div>
            <div class="hero">
              {!models.isReady && <ModelBar models={models} open={() => setSheet("models")} />}
              {!reply.wantsReply ? (
                <Verdict trigger={reply.read.trigger} anyway={reply.anyway} />
              ) : (
                <>
                  {reply.text === null ? (
                    <Suggestions reply={reply} isReady={models.isReady} />
                  ) : (
                    <Composer reply={reply} isReady={models.isReady} />
                  )}
                  <Questions reply={reply} isReady={models.isReady} />
                </>
              )}
              {models.isReady && <ModelBar models={models} open={() => setSheet("models")} />}
            </div>
          </>
        )}
        <FaultBar fault={reply.fault ?? models.fault} close={reply.dismiss} />
      </main>
      {sheet === "models" && <ModelSheet models={models} close={close} />}
      {sheet === "history" && <HistorySheet close={close} />}
      {sheet === "privacy" && <PrivacySheet close={close} language={language} setLanguage={setLanguage} />}
    </WordsContext.Provider>
  );
}

function startWorker(): Worker {
  return new Worker(new URL("./engine/worker.ts", import.meta.url), { type: "module", name: "engine" });
}
