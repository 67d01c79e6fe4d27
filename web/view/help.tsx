/** What the keys do, and the one setting. */
import { GoesOn } from "./decision-bar.tsx";
import { Modal } from "./modal.tsx";
import { keyNames } from "./use-keys.ts";

export function Help(props: { close: () => void; goesOn: boolean; setGoesOn: (value: boolean) => void }) {
  return (
    <Modal label="Keys and settings" kind="card" close={props.close}>
      <GoesOn {...props} label="Go on to the next mail after a decision" />
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
