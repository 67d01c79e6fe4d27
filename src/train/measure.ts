/** The loss of a finished checkpoint on the validation replies, as the fine-tuning measures it. */
import { readTrained } from "./checkpoint.ts";
import { withEngine } from "./engine.ts";
import { sessionsFor } from "./fit.ts";
import { prepareTraining, type TrainOptions } from "./train.ts";
import { startTrained } from "./trained.ts";

/** Mean loss over the completion tokens of the validation split, in nats. */
export async function measureLoss(options: TrainOptions, checkpoint: string): Promise<number> {
  const { fit } = await prepareTraining(options);
  const { config, base, int8, settings, validation, signal } = fit;
  const trained = startTrained(fit);
  const { specs, adapterConfig: adapter } = trained;
  for (const [name, data] of await readTrained(checkpoint, { specs, adapter })) trained.weights.get(name)!.set(data);
  return withEngine(
    { ...{ config, base, trained, settings }, int8: int8?.projections, openSession: sessionsFor(fit) },
    (engine) => engine.meanLoss(validation, async () => signal?.throwIfAborted()),
  );
}
