/** A9: each question of the mail is answered or put off in words. A cheap filter before a judge: it looks for words, not for sense. */
import { fold, foldPattern } from "./words.ts";

/** A question or request of a mail, and patterns (regular expressions, case ignored) of which an answer holds one. */
export interface Ask {
  readonly text: string;
  readonly any: readonly string[];
}

/** Words that put an answer off honestly. */
const DEFERRAL =
  /\b(?:get|come|circle) back to you|\blet you know|\b(?:check|confirm|look into|find out|ask|verify|clarify)\b[^.!?]{0,60}\b(?:and|then|before|with|whether|if|internally|first)\b|\b(?:will|['’]ll|need to|have to|let me|going to) (?:need to )?(?:check|confirm|look into|find out|ask|verify|think|discuss|review|consult)|\bas soon as i (?:know|have|can|hear)|\bnot sure yet|\b(?:melde|melden) (?:ich )?(?:mich|uns)|\b(?:kläre|prüfe|klären|prüfen|schaue|frage) |\bgebe [^.!?]{0,30}bescheid|\b(?:reviens|revenons|reviendrai) vers|\b(?:vérifie|verifie|me renseigne|tiens au courant|tiendrai au courant)|\b(?:te|le|les|os) (?:confirmo|confirmare|digo|aviso|avisare)|\blo (?:consulto|compruebo|miro)|\b(?:ti|le|vi) (?:faccio|faro|facciamo|faremo) sapere|\bverifico|\bcontrollo|\b(?:confirmo|verifico|digo|aviso|volto a)\b|\b(?:laat|laten) (?:ik |we |wij )?(?:het )?(?:je|u|jullie) (?:\S+ )?weten|\b(?:kom|komen) [^.!?]{0,20}(?:op terug|erop terug)|\bik (?:check|vraag|kijk|zoek)/;

/** The asks that `reply` neither answers nor puts off. */
export function findUnansweredAsks(reply: string, asks: readonly Ask[]): Ask[] {
  return defers(reply) ? [] : findUntouchedAsks(reply, asks);
}

/** The asks that `reply` holds no word of an answer to, put off or not. */
export function findUntouchedAsks(reply: string, asks: readonly Ask[]): Ask[] {
  const text = fold(reply);
  return asks.filter(({ any }) => !any.some((pattern) => foldPattern(pattern).test(text)));
}

/** Whether the reply says that an answer will follow. */
export function defers(reply: string): boolean {
  return DEFERRAL.test(fold(reply));
}
