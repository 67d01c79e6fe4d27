/** What the keys do, and the settings. */
import { GoesOn } from "./decision-bar.tsx";
import { Modal } from "./modal.tsx";
import { keyNames } from "./use-keys.ts";
import type { Settings } from "./use-setting.ts";

export function Help(props: { close: () => void } & Pick<Settings, "goesOn" | "setGoesOn" | "goal" | "setGoal">) {
  return (
    <Modal label="Keys and settings" kind="card" close={props.close}>
      <GoesOn {...props} label="Go on to the next mail after a decision" />
      <label class="switch">
        Mails to decide{" "}
        <input
          type="number"
          min="1"
          value={props.goal}
          onChange={({ currentTarget }) => props.setGoal(Math.max(1, Math.round(currentTarget.valueAsNumber || 1)))}
        />
      </label>
      <dl class="keys">
        {keyNames.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
