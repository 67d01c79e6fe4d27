/** What the report calls systems and faults. */
import type { FaultName } from "../../checks/index.ts";
import type { Evaluation } from "../evaluate.ts";

/** Names of the systems for a reader. */
export const NAMES: Readonly<Record<keyof Evaluation["systems"], string>> = {
  student: "The model",
  base: "Base, not tuned",
  ceiling: "Teacher, asked again",
  constant: "Best constant reply",
  nearest: "Nearest mail’s reply",
  shuffledReferences: "Shuffled references",
};

/** What each fault is called for a reader. */
export const FAULT_NAMES: Readonly<Record<FaultName, string>> = {
  invented: "Invented something",
  "wrong person": "Wrong person",
  repeats: "Repeats itself",
  "gap left": "Gap left to fill",
  "wrong language": "Wrong language",
  malformed: "Malformed",
};
