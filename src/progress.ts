/**
 * What a person sees while waiting: one line that rewrites itself on a terminal, an occasional plain line elsewhere,
 * nothing when quiet. Always on stderr; stdout belongs to results.
 */

/** How far something is. `total` may be unknown; `rate` and `secondsLeft` are measured here when they are not given. */
export interface ProgressState {
  readonly done: number;
  readonly total?: number;
  /** The unit that is counted: "mails", "steps", "bytes". */
  readonly unit: string;
  /** A short remark at the end of the line, such as `loss 2.31`. */
  readonly note?: string;
  readonly secondsLeft?: number;
  /** More for programs that read events; a person sees the note. */
  readonly data?: object;
}

/** The part of a stream that progress needs: `process.stderr`, or a stand-in. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** Starts a wait named `name`, or its next part: the time that `finish` tells counts from the first start. */
  start(name: string): void;
  update(state: ProgressState): void;
  /** Ends the current wait with a line that says what came out. */
  finish(summary: string): void;
  /** Prints a line above the bar. */
  line(text: string): void;
  /** Clears the bar, so that an error or a prompt starts on a clean line. */
  clear(): void;
}

/**
 * Text that strangers may have written (a mail, a file's name, a server's message, a model's reply) as a terminal may show it:
 * line ends and tabs stay, any other control character and any mark that turns the direction of writing is spelled out.
 */
export function printable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
      const code = character.charCodeAt(0);
      return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
    });
}

/** A p-value in four digits; one below them is said to be so, never 0. */
export function formatP(p: number): string {
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}

/** The lines that begin with "!" in yellow, on a terminal whose user has not said no to colours (https://no-color.org). */
export function colourWarnings(text: string, stream: { readonly isTTY?: boolean }): string {
  const isPlain = stream.isTTY !== true || process.env.NO_COLOR || process.env.TERM === "dumb";
  return isPlain ? text : text.replace(/^!.*$/gm, "\u001b[33m$&\u001b[39m");
}

/** Milliseconds between two drawings of the bar, and between two plain lines where there is no terminal. */
const drawEveryMs = 100;
const lineEveryMs = 5000;

/** A progress display on `stream`. `quiet` silences everything; `now` is a clock in milliseconds. */
export function createProgress(options: { stream: ProgressStream; quiet?: boolean; now?: () => number }): Progress {
  const { stream, quiet = false, now = () => performance.now() } = options;
  const terminal = stream.isTTY === true;
  let current: { name: string; rate: RateMeter; startedMs: number } | undefined;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let barShown = false;

  function clear(): void {
    if (!barShown) return;
    stream.write("\r\u001b[K");
    barShown = false;
  }

  function line(text: string): void {
    if (quiet) return;
    clear();
    stream.write(`${colourWarnings(printable(text), stream)}\n`);
  }

  return {
    start(name) {
      current = { name, rate: createRateMeter(), startedMs: current?.startedMs ?? now() };
      drawnMs = terminal ? Number.NEGATIVE_INFINITY : now();
      if (quiet || !terminal) return;
      stream.write(`\r\u001b[K${name}…`); // until the first figures come
      barShown = true;
    },
    update(state) {
      if (quiet || current === undefined) return;
      const atMs = now();
      current.rate.add(state.done, atMs);
      const last = state.done === state.total && terminal;
      if (!last && atMs - drawnMs < (terminal ? drawEveryMs : lineEveryMs)) return;
      drawnMs = atMs;
      const text = printable(describeProgress(current.name, state, current.rate.perSecond()));
      if (!terminal) {
        stream.write(`${text}\n`);
        return;
      }
      stream.write(`\r\u001b[K${drawBar(text, state, stream.columns ?? 80)}`);
      barShown = true;
    },
    finish(summary) {
      const seconds = current === undefined ? 0 : (now() - current.startedMs) / 1000;
      current = undefined;
      line(seconds >= 1 ? `${summary} (${formatDuration(seconds)})` : summary);
    },
    line,
    clear,
  };
}

/** Milliseconds between two progress events of one wait. */
const eventEveryMs = 1000;

/**
 * The same for programs (`--json`): a JSON object a line. `{"event":"start"|"progress"|"finish"|"line", "name", …}`, progress
 * at most once a second and at the end, with `done`, `total`, `unit`, `perSecond`, `secondsLeft` and what else a stage knows.
 */
export function createEventProgress(options: {
  stream: ProgressStream;
  quiet?: boolean;
  now?: () => number;
}): Progress {
  const { stream, quiet = false, now = () => performance.now() } = options;
  let current: { name: string; rate: RateMeter; startedMs: number } | undefined;
  let toldMs = Number.NEGATIVE_INFINITY;
  const tell = (event: object) => void (quiet || stream.write(`${JSON.stringify(event)}\n`));
  return {
    start(name) {
      current = { name, rate: createRateMeter(), startedMs: current?.startedMs ?? now() };
      toldMs = Number.NEGATIVE_INFINITY;
      tell({ event: "start", name });
    },
    update({ data, note, ...state }) {
      if (current === undefined) return;
      const atMs = now();
      current.rate.add(state.done, atMs);
      if (state.done !== state.total && atMs - toldMs < eventEveryMs) return;
      toldMs = atMs;
      const perSecond = current.rate.perSecond();
      const left = state.total !== undefined && perSecond ? (state.total - state.done) / perSecond : undefined;
      tell({ event: "progress", name: current.name, secondsLeft: left, ...data, ...state, perSecond });
    },
    finish(summary) {
      const seconds = current === undefined ? 0 : (now() - current.startedMs) / 1000;
      tell({ event: "finish", name: current?.name, summary, seconds });
      current = undefined;
    },
    line: (text) => tell({ event: "line", text }),
    clear: () => {},
  };
}

interface RateMeter {
  add(done: number, atMs: number): void;
  /** Things a second, smoothed over about the last fifteen seconds; undefined until something was measured. */
  perSecond(): number | undefined;
}

const smoothingSeconds = 15;

/** An exponential moving average of the rate. What was done before the first call (a resumed run) does not count; a count that falls is of something else, and begins anew. */
export function createRateMeter(): RateMeter {
  let last: { done: number; atMs: number } | undefined;
  let rate = 0;
  let weight = 0; // of the average so far, in [0, 1): divides out the start at zero
  return {
    add(done, atMs) {
      if (last === undefined || done < last.done) {
        last = { done, atMs };
        rate = weight = 0;
        return;
      }
      const seconds = (atMs - last.atMs) / 1000;
      if (seconds < 0.2 || done === last.done) return;
      const keep = Math.exp(-seconds / smoothingSeconds);
      rate = rate * keep + ((done - last.done) / seconds) * (1 - keep);
      weight = weight * keep + (1 - keep);
      last = { done, atMs };
    },
    perSecond: () => (weight > 0 ? rate / weight : undefined),
  };
}

function describeProgress(name: string, state: ProgressState, perSecond: number | undefined): string {
  const { done, total, unit, note } = state;
  const count = (value: number) => (unit === "bytes" ? formatBytes(value) : value.toLocaleString("en-US"));
  const parts = [
    `${name}: ${count(done)}${total === undefined ? "" : `/${count(total)}`}${unit === "bytes" ? "" : ` ${unit}`}`,
  ];
  if (perSecond !== undefined)
    parts.push(unit === "bytes" ? `${formatBytes(perSecond)}/s` : formatRate(perSecond, unit));
  const secondsLeft =
    state.secondsLeft ?? (total !== undefined && perSecond ? Math.max(0, total - done) / perSecond : undefined);
  if (secondsLeft !== undefined && Number.isFinite(secondsLeft)) parts.push(`${formatDuration(secondsLeft)} left`);
  if (note) parts.push(note);
  return parts.join(" · ");
}

const barCells = 20;

/** The bar in front of the text, cut to the terminal's width so that it never wraps. */
function drawBar(text: string, state: ProgressState, columns: number): string {
  const cells =
    state.total === undefined || state.total <= 0
      ? undefined
      : Math.max(0, Math.min(barCells, Math.floor((state.done / state.total) * barCells)));
  const bar = cells === undefined ? "" : `${"█".repeat(cells)}${"░".repeat(barCells - cells)} `;
  return `${bar}${text}`.slice(0, Math.max(10, columns - 1));
}

/** "12.3 mails/s"; a slow rate as "4.2 s a step". */
export function formatRate(perSecond: number, unit: string): string {
  if (perSecond > 0 && perSecond < 0.5)
    return `${(1 / perSecond).toFixed(1)} s a ${unit.replace(/ies$/, "y").replace(/s$/, "")}`;
  return `${perSecond >= 9.95 ? Math.round(perSecond).toLocaleString("en-US") : perSecond.toFixed(1)} ${unit}/s`;
}

/** "0.4 s", "42 s", "3 min 05 s", "2 h 07 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** "812 B", "3.2 kB", "1.4 GB": powers of 1000, as disks are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "$0.0042", "$1.23", "$1,234". */
export function formatUsd(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.1) return `$${usd.toFixed(4)}`;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: usd < 1000 ? 2 : 0, maximumFractionDigits: usd < 1000 ? 2 : 0 })}`;
}

/** A share in percent with one digit. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
