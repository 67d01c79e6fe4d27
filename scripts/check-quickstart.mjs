// What a quickstart's folder must hold, whatever the exact figures: `node scripts/check-quickstart.mjs runs/quickstart`.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const failures = [];
const expect = (holds, what) => {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  if (!holds) failures.push(what);
};

const { kept } = read("import.json");
expect(kept > 0, `${kept} mails kept`);
const { accepted, rejected, teacher } = read("distill.json");
expect(accepted > rejected, `${accepted} replies accepted, ${rejected} rejected`);
expect(/not a language model/.test(teacher.label), `the teacher is called what it is: ${teacher.label}`);
const { startLoss, best } = read("train.json");
expect(best.validationLoss < startLoss, `validation loss ${startLoss.toFixed(3)} → ${best.validationLoss.toFixed(3)}`);
const { systems, items } = read("evaluation.json");
const bleu = (system) => systems[system].bleu.score;
for (const control of ["base", "constant", "nearest", "shuffledReferences"]) {
  const [ours, theirs] = [bleu("student"), bleu(control)];
  expect(ours > theirs, `BLEU ${ours.toFixed(2)} of the fine-tuned model above ${theirs.toFixed(2)} of ${control}`);
}
const { meanSentences, checks } = systems.student;
expect(meanSentences >= 1 && meanSentences <= 3, `${meanSentences.toFixed(2)} sentences a reply (1 to 3)`);
expect(checks.clean / items >= 0.8, `${checks.clean} of ${items} replies pass every check (at least 80%)`);
for (const { path } of read("export.json").files) {
  expect(existsSync(join(folder, path)) && statSync(join(folder, path)).size > 0, path);
}
console.log(failures.length === 0 ? "The quickstart is whole." : `${failures.length} expectations do not hold.`);
process.exit(failures.length === 0 ? 0 : 1);
