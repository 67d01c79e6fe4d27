/**
 * A chat template is a program that comes with a model, and models come from strangers: one may loop for ever, or build a text of gigabytes.
 * So the library's interpreter is run within a budget: every node costs a step, every value by its size, and what multiplies
 * texts is weighed before it is done. Runs in a browser too, where no thread or process could be ended instead.
 */
import * as library from "@huggingface/jinja";
import { UserError } from "../errors.ts";

/** What is used of the package, whose own declarations name their files without an extension, so that the compiler finds none. */
interface Library {
  readonly Environment: new () => Environment;
  readonly Interpreter: new (
    environment: Environment,
  ) => { run(program: Node): Value; evaluate(node: Node | undefined, environment: Environment): Value };
  readonly parse: (tokens: object) => Node;
  readonly tokenize: (source: string, options: { lstrip_blocks: boolean; trim_blocks: boolean }) => object;
}

interface Environment {
  set(name: string, value: unknown): void;
}

/** A node of the library's tree; what it holds besides is named where it is read. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Value {
  readonly type: string;
  readonly value: unknown;
}

const { Environment, Interpreter, parse, tokenize } = library as unknown as Library;

/** ours: the templates of real models take some hundred steps a message. */
const STEPS = 100_000;
const STEPS_PER_MESSAGE = 5000;
/** ours: characters and members of one value, and how deep it nests; a value costs a step for so many of them. */
const MOST_SIZE = 1_000_000;
const MOST_DEPTH = 16;
/** ours: nodes within nodes, macros that call each other included. */
const MOST_NESTING = 400;
const SIZE_PER_STEP = 64;
/** ours: of what a call multiplies: a text by what it is replaced with, members by what joins them. */
const MOST_PRODUCT = 4_000_000;
/** ours: the longest template seen has 30,000 characters; the library takes time with the square of a run of white space. */
const MOST_CHARACTERS = 200_000;
const LONG_BLANK = /\s{1000}/;

/** A template that does more than any real one, or is none. */
export class TemplateOverrun extends UserError {
  override name = "TemplateOverrun";

  constructor(what: string) {
    super(
      `The chat template ${what}: it was stopped. It loops without an end, or was made to do harm. Use the chat template that the model's own authors publish.`,
    );
  }
}

/** A template that was parsed. */
export interface Jinja {
  /** What it writes for these variables; functions are called with plain values. Throws TemplateOverrun, or the library's error. */
  render(variables: Readonly<Record<string, unknown>>, messages: number): string;
}

/** Parses a template. Throws TemplateOverrun where it is too long, or the library's error. */
export function parseJinja(source: string): Jinja {
  if (source.length > MOST_CHARACTERS || LONG_BLANK.test(source))
    throw new TemplateOverrun(
      `is no program of a model: it has ${source.length} characters (at most ${MOST_CHARACTERS}), or a long run of blanks`,
    );
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  return {
    render(variables, messages) {
      const environment = new Environment();
      for (const [name, value] of Object.entries({ ...GLOBALS, ...variables })) environment.set(name, value);
      const budget = { steps: STEPS + messages * STEPS_PER_MESSAGE, macroSteps: Math.ceil(source.length / 8) };
      return String(new BoundedInterpreter(environment, budget).run(program).value);
    },
  };
}

/** What the library's own `Template` gives every template; it does not export it. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  ...{ true: true, True: true, false: false, False: false, none: null, None: null },
  raise_exception: (message: unknown) => {
    throw new Error(String(message));
  },
  range: (...[first, second, step = 1]: number[]) => {
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    const length = Math.max(0, Math.ceil((stop - start) / step));
    if (!(length <= MOST_SIZE)) throw new TemplateOverrun(`counts to ${stop}`);
    return Array.from({ length }, (_, i) => start + i * step);
  },
};

/** Nodes that may hold others, by the names of the library. */
interface FilterNode extends Node {
  readonly operand: Node;
  readonly filter: Node & {
    readonly value: string;
    readonly callee: { readonly value: string };
    args: readonly Node[];
  };
}
interface CallNode extends Node {
  readonly callee: Node;
  readonly args: readonly Node[];
}

/** A node that was evaluated already, so that its value can be weighed before it is used. */
interface GivenNode extends Node {
  readonly type: "Given";
  readonly value: Value;
}

const given = (value: Value): GivenNode => ({ type: "Given", value });

/** Filters whose result can be longer than what they are given. */
const MULTIPLYING = new Set(["replace", "join", "indent", "tojson"]);

class BoundedInterpreter extends Interpreter {
  private steps: number;
  private nesting = 0;
  private readonly budget: { readonly steps: number; readonly macroSteps: number };
  /** Nodes whose value is walked through, each member with work of its own. */
  private readonly walked = new WeakSet<object>();
  /** Of a text's methods, the text. */
  private readonly owners = new WeakMap<object, Value>();

  constructor(environment: Environment, budget: { steps: number; macroSteps: number }) {
    super(environment);
    this.budget = budget;
    this.steps = budget.steps;
  }

  override evaluate(node: Node | undefined, environment: Environment): Value {
    if (node?.type === "Given") return (node as GivenNode).value;
    this.spend(node?.type === "Macro" || node?.type === "CallStatement" ? this.budget.macroSteps : 1);
    if (this.nesting === MOST_NESTING) throw new TemplateOverrun(`nests more than ${MOST_NESTING} deep`);
    this.nesting++;
    try {
      const value = this.evaluateWeighed(node, environment);
      this.spend(Math.floor(sizeOf(value) / SIZE_PER_STEP));
      if (node !== undefined && this.walked.has(node)) this.spend(membersOf(value));
      return value;
    } finally {
      this.nesting--; // a break leaves by an error
    }
  }

  private evaluateWeighed(node: Node | undefined, environment: Environment): Value {
    switch (node?.type) {
      case "For": {
        const { iterable } = node as Node & { iterable: Node & { lhs?: Node } };
        this.walked.add(iterable.type === "SelectExpression" ? iterable.lhs! : iterable);
        return super.evaluate(node, environment);
      }
      case "MemberExpression": {
        const { object } = node as Node & { object: Node };
        const owner = this.evaluate(object, environment);
        const value = super.evaluate({ ...node, object: given(owner) }, environment);
        if (value.type === "FunctionValue") this.owners.set(value, owner);
        return value;
      }
      case "CallExpression":
        return super.evaluate(this.giveCall(node as CallNode, environment), environment);
      case "CallStatement": {
        const { call } = node as Node & { call: CallNode };
        return super.evaluate({ ...node, call: this.giveCall(call, environment) }, environment);
      }
      case "FilterStatement": {
        const { body, filter } = node as Node & { body: readonly Node[]; filter: Node };
        const operand = { type: "Program", body };
        return this.evaluateWeighed({ type: "FilterExpression", operand, filter }, environment);
      }
      case "FilterExpression":
        return this.evaluateFilter(node as FilterNode, environment);
      default:
        return super.evaluate(node, environment);
    }
  }

  private giveCall(call: CallNode, environment: Environment): Node {
    const [args, values] = this.giveArguments(call.args, environment);
    const callee = this.evaluate(call.callee, environment);
    const owner = this.owners.get(callee);
    if (owner !== undefined) requireProduct([owner, ...values]);
    return { ...call, args, callee: given(callee) };
  }

  private evaluateFilter(node: FilterNode, environment: Environment): Value {
    const operand = this.evaluate(node.operand, environment);
    const isCall = node.filter.type === "CallExpression";
    const name = isCall ? node.filter.callee.value : node.filter.value;
    const [args, values] = isCall ? this.giveArguments(node.filter.args, environment) : [[], []];
    if (MULTIPLYING.has(name)) requireProduct([operand, ...values]);
    const filter = isCall ? { ...node.filter, args } : node.filter;
    return super.evaluate({ ...node, operand: given(operand), filter }, environment);
  }

  /** The arguments evaluated, as nodes and as values; positional ones first, as the library does. */
  private giveArguments(args: readonly Node[], environment: Environment): [Node[], Value[]] {
    const values = new Map<Node, Value>();
    const inner = (arg: Node) => {
      const { value, argument } = arg as Node & { value: Node; argument: Node };
      if (arg.type === "KeywordArgumentExpression") return value;
      return arg.type === "SpreadExpression" || arg.type === "KeywordSpreadExpression" ? argument : arg;
    };
    const isKeyword = (arg: Node) => arg.type.startsWith("Keyword");
    for (const arg of [...args.filter((arg) => !isKeyword(arg)), ...args.filter(isKeyword)])
      values.set(arg, this.evaluate(inner(arg), environment));
    const nodes = args.map((arg): Node => {
      const value = given(values.get(arg)!);
      if (arg.type === "StringLiteral") return arg; // selectattr asks for one
      if (arg.type === "KeywordArgumentExpression") return { ...arg, value };
      return inner(arg) === arg ? value : { ...arg, argument: value };
    });
    return [nodes, [...values.values()]];
  }

  private spend(steps: number): void {
    this.steps -= steps;
    if (this.steps < 0) throw new TemplateOverrun(`takes more than ${this.budget.steps} steps`);
  }
}

/** Characters and members of a value, those inside its members too. Throws TemplateOverrun where there are too many. */
function sizeOf(value: Value): number {
  let size = 0;
  const add = ({ value: content }: Value, depth: number): void => {
    if (depth > MOST_DEPTH) throw new TemplateOverrun(`nests values more than ${MOST_DEPTH} deep`);
    size += typeof content === "string" ? content.length : 1;
    if (size > MOST_SIZE) throw new TemplateOverrun(`makes a text or list of more than ${MOST_SIZE} characters`);
    if (Array.isArray(content)) for (const member of content) add(member, depth + 1);
    else if (content instanceof Map)
      for (const [key, member] of content) {
        size += key.length;
        add(member, depth + 1);
      }
  };
  add(value, 0);
  return size;
}

function membersOf({ value }: Value): number {
  return Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0;
}

/** How often the parts of a call can meet each other: numbers count by what they are, such as the width of an indent. */
function requireProduct(values: readonly Value[]): void {
  const product = values.reduce(
    (product, value) =>
      product * (typeof value.value === "number" ? Math.max(1, Math.abs(value.value)) : 1 + sizeOf(value)),
    1,
  );
  if (!(product <= MOST_PRODUCT)) throw new TemplateOverrun(`makes a text of up to ${product} characters in one step`);
}
