/** What narrows the list. Every count is of the mails that the rest of the query lets through. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type FacetCount, type Facets, faultNames, type RunInfo, reviewStates, statuses } from "../../src/view/api.ts";
import { AttemptBars } from "./attempt-bars.tsx";
import { Histogram, StackLegend } from "./histogram.tsx";
import { oneLine } from "./plain.ts";
import { countFilters, everything, type Query, toggled } from "./query.ts";
import { capital, drafts, faultTitles, reasonName, reviewNames, score, spaced, statusNames, whole } from "./words.ts";

/** ours: a group with more choices shows so many until asked for all. */
const FIRST_CHOICES = 8;
/** ours: scores have two decimals, and the mean of four of them four. */
const SCORE_STEP = 0.0001;

interface FiltersProps {
  readonly query: Query;
  readonly facets: Facets | null;
  readonly run: RunInfo;
  readonly change: (change: Partial<Query>) => void;
}

export function Filters({ query, facets, run, change }: FiltersProps) {
  const active = countFilters(query);
  const { text, sort } = query;
  return (
    <div class="filters">
      <div class="filters-head">
        <span>{active === 0 ? "No filter" : active === 1 ? "1 filter" : `${active} filters`}</span>
        <button type="button" class="link" disabled={active === 0} onClick={() => change({ ...everything, sort })}>
          Clear all
        </button>
      </div>
      <Group name="Status" isNarrowed={query.status.length > 0}>
        <Choices
          counts={inOrder(facets?.status, statuses)}
          chosen={query.status}
          name={(status) => statusNames[status]}
          choose={(status) => change({ status: toggled(query.status, status) })}
        />
      </Group>
      <Group name="Your decision" isNarrowed={query.review.length > 0}>
        <Choices
          counts={inOrder(facets?.review, reviewStates)}
          chosen={query.review}
          name={(state) => reviewNames[state]}
          choose={(review) => change({ review: toggled(query.review, review) })}
        />
      </Group>
      <Group name="Could it be sent?" isNarrowed={query.fault.length > 0}>
        <Choices
          counts={inOrder(facets?.fault, faultNames)}
          chosen={query.fault}
          name={(fault) => faultTitles[fault]}
          choose={(fault) => change({ fault: toggled(query.fault, fault) })}
        />
      </Group>
      <Group name="Score" isNarrowed={query.scoreFrom !== null || query.scoreTo !== null}>
        <select
          aria-label="Which score"
          value={query.scoreOf}
          onChange={({ currentTarget }) => change({ scoreOf: currentTarget.value as Query["scoreOf"] })}
        >
          <option value="">{run.rule === "mean" ? "Mean of all" : "Lowest of all"}</option>
          {run.criteria.map((criterion) => (
            <option key={criterion} value={criterion}>
              {capital(criterion)}
            </option>
          ))}
        </select>
        {facets && (
          <Histogram
            name="Score"
            bins={facets.score}
            range={{ from: query.scoreFrom, to: query.scoreTo }}
            choose={({ from, to }) => change({ scoreFrom: from, scoreTo: to })}
            step={SCORE_STEP}
            write={score}
            mark={{ value: run.threshold, name: `threshold ${run.threshold}` }}
          />
        )}
        <StackLegend />
      </Group>
      <Group name="Words of the reply" isNarrowed={query.wordsFrom !== null || query.wordsTo !== null}>
        {facets && (
          <Histogram
            name="Words"
            bins={facets.words}
            range={{ from: query.wordsFrom, to: query.wordsTo }}
            choose={({ from, to }) => change({ wordsFrom: from, wordsTo: to })}
            step={1}
            write={String}
          />
        )}
        <StackLegend />
      </Group>
      <Group name="Accepted with each draft" isNarrowed={false}>
        {facets && <AttemptBars counts={facets.byAttempt} />}
      </Group>
      <Group name="Drafts written" isNarrowed={query.attempts.length > 0}>
        <Choices
          counts={facets?.attempts}
          chosen={query.attempts}
          name={(count) => capital(drafts(count))}
          choose={(count) => change({ attempts: toggled(query.attempts, count) })}
        />
      </Group>
      <Group name="Intent" isNarrowed={query.intent.length > 0}>
        <Choices
          counts={facets?.intent}
          chosen={query.intent}
          name={(intent) => capital(spaced(oneLine(intent, 60)))}
          choose={(intent) => change({ intent: toggled(query.intent, intent) })}
        />
      </Group>
      <Group name="Reason of rejection" isNarrowed={query.reason.length > 0}>
        <Choices
          counts={facets?.reason}
          chosen={query.reason}
          name={(reason) => reasonName(oneLine(reason, 60))}
          choose={(reason) => change({ reason: toggled(query.reason, reason) })}
        />
      </Group>
      {query.like !== "" && (
        <p class="aside">
          Only mails that say nearly the same.{" "}
          <button type="button" class="link" onClick={() => change({ like: "" })}>
            Show all
          </button>
        </p>
      )}
      {text !== "" && (
        <p class="aside">
          Also narrowed by the search for “{oneLine(text, 60)}”.{" "}
          <button type="button" class="link" onClick={() => change({ text: "" })}>
            Clear search
          </button>
        </p>
      )}
    </div>
  );
}

function Group(props: { name: string; isNarrowed: boolean; children: ComponentChildren }) {
  return (
    <details class="group" open>
      <summary>
        <h3>{props.name}</h3>
        {props.isNarrowed && <span class="dot">filtered</span>}
      </summary>
      {props.children}
    </details>
  );
}

interface ChoicesProps<T> {
  readonly counts: readonly FacetCount<T>[] | undefined;
  readonly chosen: readonly T[];
  readonly name: (value: T) => string;
  readonly choose: (value: T) => void;
}

function Choices<T extends string | number>({ counts, chosen, name, choose }: ChoicesProps<T>) {
  const [isAll, setAll] = useState(false);
  if (counts === undefined) return <p class="aside">Counting…</p>;
  const gone = chosen.filter((value) => !counts.some((one) => one.value === value));
  const all = [...counts, ...gone.map((value) => ({ value, count: 0 }))];
  const shown = isAll ? all : all.filter(({ value }, i) => i < FIRST_CHOICES || chosen.includes(value));
  if (all.length === 0) return <p class="aside">None of these mails has one.</p>;
  return (
    <ul class="choices">
      {shown.map(({ value, count }) => (
        <li key={value}>
          <label class={count === 0 ? "none" : ""}>
            <input type="checkbox" checked={chosen.includes(value)} onChange={() => choose(value)} />
            <span>{name(value)}</span>
            <span class="figure">{whole(count)}</span>
          </label>
        </li>
      ))}
      {all.length > FIRST_CHOICES && (
        <li>
          <button type="button" class="link" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? "Show fewer" : `Show all ${all.length}`}
          </button>
        </li>
      )}
    </ul>
  );
}

/** The counts of a fixed set of values, in its order. */
function inOrder<T>(counts: readonly FacetCount<T>[] | undefined, values: readonly T[]) {
  return counts && values.map((value) => counts.find((one) => one.value === value) ?? { value, count: 0 });
}
