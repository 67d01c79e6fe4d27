/** The house rules of CONTRIBUTING.md, as a test: which room may import which, who imports a package, what no file may say. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { helpPage, rootHelp } from "./commands/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/** The rooms from the ground up; a room may import only those in its row. `commands` is the command line: it may import all. */
const rooms: Record<string, readonly string[]> = {
  formats: [],
  graph: ["formats"],
  runtime: [],
  tokens: ["formats"],
  mail: ["formats"],
  redact: ["mail"],
  sources: ["mail", "formats"],
  sample: ["mail", "sources"],
  endpoint: ["mail", "redact", "formats"],
  prompts: ["mail", "endpoint"],
  builtin: ["mail", "endpoint", "prompts"],
  distill: ["mail", "sources", "redact", "tokens", "endpoint", "prompts", "builtin", "formats"],
  model: ["graph", "formats"],
  train: ["tokens", "model", "runtime", "formats"],
  jobs: ["model", "train", "formats"],
  metrics: ["sources/hub", "tokens", "graph", "model", "runtime", "formats"],
  checks: ["mail", "metrics", "formats"],
  style: ["mail", "redact", "endpoint", "prompts", "builtin", "formats"],
  judge: ["redact", "endpoint", "prompts", "builtin", "metrics", "formats"],
  reply: ["mail", "checks", "tokens", "formats"],
  export: ["tokens", "graph", "model", "formats"],
  evaluate: ["mail", "endpoint", "prompts", "builtin", "metrics", "checks", "judge", "reply", "formats"],
  serve: ["tokens", "reply", "formats"],
  inbox: ["mail", "sources", "reply", "formats"],
  view: ["mail", "checks", "metrics", "endpoint", "prompts", "builtin", "distill", "serve", "formats"],
  stages: [
    ...[
      "mail",
      "redact",
      "sources",
      "endpoint",
      "distill",
      "model",
      "tokens",
      "runtime",
      "train",
      "jobs",
      "metrics",
      "checks",
      "judge",
      "reply",
      "export",
      "style",
    ],
    ...["evaluate", "inbox", "formats"],
  ],
  commands: [],
};
rooms.commands = Object.keys(rooms).filter((room) => room !== "commands");

/** Parts of a room with a door of their own, because what lies in them is wanted without the rest. */
const chambers = ["sources/hub"];

/** Second doors of rooms: what lies behind them runs in a browser too. `graph` has nothing else, so its index.ts is one. */
const portableDoors = [
  "formats/codecs.ts",
  "graph/index.ts",
  "checks/portable.ts",
  "mail/message.ts",
  "mail/portable.ts",
  "metrics/portable.ts",
  "model/portable.ts",
  "reply/portable.ts",
  "runtime/portable.ts",
  "tokens/portable.ts",
  "train/portable.ts",
];

/** Files beside the rooms, and the rooms each may import. */
const topFiles: Record<string, readonly string[]> = {
  "recipe.ts": [],
  "run.ts": [],
  "errors.ts": [],
  "random.ts": [],
  "loopback.ts": [],
  "progress.ts": [],
  "shipped.ts": [],
  "cli.ts": ["commands"],
  "index.ts": Object.keys(rooms).filter((room) => room !== "commands"),
};

/** Top files that a room may import: values of the first, types alone of the second. */
const openToRooms = ["errors.ts", "loopback.ts", "random.ts"];
const typesOpenToRooms = ["recipe.ts"];

/** The home of each package, outside tests; zod checks foreign JSON where it is parsed. Test tools and the compiler may stand in any test. */
const packageHomes: Record<string, readonly string[]> = {
  "@hono/node-server": ["serve", "builtin"],
  "@huggingface/jinja": ["tokens"],
  "@huggingface/tokenizers": ["tokens"],
  commander: ["commands"],
  "@kenjiuno/msgreader": ["sources"],
  chardet: ["mail"],
  "iconv-lite": ["mail"],
  "csv-parse": ["formats"],
  eld: ["mail"],
  "gpt-tokenizer": ["tokens"],
  hono: ["serve", "view", "builtin"],
  "html-to-text": ["mail"],
  hyparquet: ["formats"],
  "hyparquet-compressors": ["formats"],
  "hyparquet-writer": ["formats"],
  imapflow: ["sources", "inbox"],
  ioredis: ["distill"],
  "libphonenumber-js": ["redact"],
  "node-llama-cpp": ["reply"],
  "onnxruntime-node": ["runtime"],
  "onnxruntime-web": [],
  "prom-client": ["serve"],
  uqr: ["commands"],
  yauzl: ["sources"],
  yaml: ["recipe.ts", "jobs", "stages"],
  zod: [
    "recipe.ts",
    "model",
    "export",
    "metrics",
    "checks",
    "evaluate",
    "endpoint",
    "prompts",
    "distill",
    "builtin",
    "judge",
    "serve",
  ],
};
/** Packages that need Node; a browser has no use for them. */
const nodePackages = ["onnxruntime-node", "node-llama-cpp", "@hono/node-server", "imapflow", "ioredis", "commander"];
const testTools = [
  "ajv",
  "@seriousme/openapi-schema-validator",
  "postal-mime",
  "axe-core",
  "vitest",
  "fast-check",
  "fflate",
  "typescript",
  "playwright-core",
  "vite",
  "onnxruntime-web",
];

interface Import {
  /** The importing file, from src/. */
  readonly file: string;
  /** Its room, or its own name for a top file. */
  readonly from: string;
  readonly isTest: boolean;
  readonly typeOnly: boolean;
  /** What is imported: a path from src/, or a package name. */
  readonly target: { readonly path: string } | { readonly package: string } | { readonly node: string };
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.[cm]?tsx?$/.test(name))
  .map((name) => name.split(sep).join("/"));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), "utf8");
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const target = specifier.startsWith("node:")
      ? { node: specifier }
      : specifier.startsWith(".")
        ? {
            path: relative(source, join(source, dirname(file), specifier))
              .split(sep)
              .join("/"),
          }
        : {
            package: specifier
              .split("/")
              .slice(0, specifier.startsWith("@") ? 2 : 1)
              .join("/"),
          };
    found.push({ file, from: file.split("/")[0], isTest: /\.(test|fixture)\.ts$/.test(file), typeOnly, target });
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
      add(specifier, ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteral(specifier)) add(specifier.text, false);
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      add(node.argument.literal.text, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** What imports what outside tests, type-only imports included, between the groups that `groupOf` makes of files; null is no group. */
function graphOf(groupOf: (file: string) => string | null): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { file, target, isTest } of imports) {
    const from = groupOf(file);
    const to = "path" in target ? groupOf(target.path) : null;
    if (isTest || from === null || to === null || (from === to && from !== file)) continue;
    graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

/** The strongly connected components of more than one node, by Tarjan's algorithm (1972), each sorted. */
function findCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const cycle = stack.splice(stack.indexOf(node));
    if (cycle.length > 1 || graph.get(node)?.has(node)) cycles.push(cycle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return cycles;
}

const show = ({ file, target }: Import) => `${file} imports ${Object.values(target)[0]}`;

describe("the rooms", () => {
  it("are the ones of the table, and so are the files beside them", () => {
    const folders = readdirSync(source).filter((name) => statSync(join(source, name)).isDirectory());
    expect(folders.filter((name) => !(name in rooms))).toEqual([]);
    const beside = files.filter((file) => !file.includes("/") && !file.endsWith(".test.ts"));
    expect(beside.filter((file) => !(file in topFiles))).toEqual([]);
  });

  it("form a strict order: a room stands only on rooms before it in the table", () => {
    const order = Object.keys(rooms);
    for (const [index, room] of order.entries()) {
      expect(rooms[room].filter((next) => order.indexOf(next.split("/")[0]) >= index)).toEqual([]);
    }
  });

  it("import only what their row names", () => {
    const allowed = { ...rooms, ...topFiles };
    const broken = imports.filter(({ from, target, isTest }) => {
      if (isTest || !("path" in target) || !target.path.includes("/")) return false;
      const room = target.path.split("/")[0];
      const chamber = chambers.find((name) => target.path.startsWith(`${name}/`));
      return room !== from && ![room, chamber].some((name) => name !== undefined && allowed[from]?.includes(name));
    });
    expect(broken.map(show)).toEqual([]);
  });

  it("are entered only through index.ts, or that of a chamber", () => {
    const broken = imports.filter(({ from, target, isTest }) => {
      if (isTest || !("path" in target) || !target.path.includes("/")) return false;
      const [room] = target.path.split("/");
      const doors = [...[room, ...chambers].map((door) => `${door}/index.ts`), ...portableDoors];
      return room !== from && !doors.includes(target.path);
    });
    expect(broken.map(show)).toEqual([]);
  });

  it("use of the files beside them only errors.ts, loopback.ts, random.ts and the types of recipe.ts", () => {
    const broken = imports.filter(({ from, target, isTest, typeOnly }) => {
      if (
        isTest ||
        from === "stages" ||
        from === "commands" ||
        from in topFiles ||
        !("path" in target) ||
        target.path.includes("/")
      )
        return false;
      return !openToRooms.includes(target.path) && !(typesOpenToRooms.includes(target.path) && typeOnly);
    });
    expect(broken.map(show)).toEqual([]);
  });

  it("have no import cycle between files, type-only imports included", () => {
    const cycles = findCycles(graphOf((file) => file)).filter(
      (cycle) => !cycle.every((file) => /^tokens\/(sentencepiece|encoder-files|encoder-tokenizer)\.ts$/.test(file)), // go with these files
    );
    expect(cycles).toEqual([]);
  });

  it("have an order among their sub-folders", () => {
    const subFolder = (file: string) => (file.split("/").length > 2 ? dirname(file) : null);
    expect(findCycles(graphOf(subFolder))).toEqual([]);
  });

  it("have an index.ts that only re-exports", () => {
    const doers = Object.keys(rooms)
      .filter((room) => existsSync(join(source, room)))
      .filter((room) => {
        const path = join(source, room, "index.ts");
        if (!existsSync(path)) return true;
        const tree = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
        return !tree.statements.every((statement) => ts.isExportDeclaration(statement));
      });
    expect(doers).toEqual([]);
  });

  it("reach nothing of Node from a portable door, except in types", () => {
    const behind = new Set(portableDoors);
    const broken: Import[] = [];
    for (const file of behind)
      for (const one of imports) {
        if (one.file !== file || one.typeOnly) continue;
        if ("path" in one.target) behind.add(one.target.path);
        else if ("node" in one.target || nodePackages.includes(one.target.package)) broken.push(one);
      }
    expect(behind.size).toBeGreaterThan(30); // the walk went through the rooms
    expect(broken.map(show)).toEqual([]);
  });

  it("have no drawer for odds and ends", () => {
    const drawer = /(^|\/)(utils?|helpers?|common|core|lib|types)(\.ts|\/|$)/;
    expect(files.filter((file) => drawer.test(file))).toEqual([]);
  });
});

/** A name that a file exports. */
interface Exported {
  readonly file: string;
  readonly name: string;
  readonly isType: boolean;
  /** Where a door has it from. */
  readonly from?: { readonly file: string; readonly name: string };
}

/** Every other program that stands on the sources: the pages, the benchmarks, the scripts. */
const outside = ["web", "bench", "scripts"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `../${folder}/${name.split(sep).join("/")}`),
);

/** Reads what `file` exports, and what of other files it names, as `file#name`; `#*` is everything. */
function readNames(file: string): { exported: Exported[]; named: string[] } {
  const text = readFileSync(join(source, file), "utf8");
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const exported: Exported[] = [];
  const named: string[] = [];
  const place = (specifier: ts.Expression | undefined) => {
    const name = (specifier as ts.StringLiteral | undefined)?.text ?? "";
    return name.startsWith(".")
      ? relative(source, join(source, dirname(file), name))
          .split(sep)
          .join("/")
      : null;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const from = place(node.moduleSpecifier);
      const bindings = node.importClause?.namedBindings;
      if (from === null || bindings === undefined) return;
      if (ts.isNamespaceImport(bindings)) named.push(`${from}#*`);
      else for (const { name, propertyName } of bindings.elements) named.push(`${from}#${(propertyName ?? name).text}`);
    } else if (ts.isExportDeclaration(node)) {
      const from = place(node.moduleSpecifier);
      if (from === null) return;
      if (node.exportClause === undefined) named.push(`${from}#*`);
      else if (ts.isNamedExports(node.exportClause))
        for (const { name, propertyName, isTypeOnly } of node.exportClause.elements)
          exported.push({
            ...{ file, name: name.text, isType: isTypeOnly || node.isTypeOnly },
            from: { file: from, name: (propertyName ?? name).text },
          });
    } else if (ts.isStatement(node) && ts.canHaveModifiers(node)) {
      const isExported = ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
      const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
      const names = ts.isVariableStatement(node)
        ? node.declarationList.declarations.map(({ name }) => name.getText(tree))
        : [(node as ts.FunctionDeclaration).name?.text ?? ""];
      if (isExported) for (const name of names) exported.push({ file, name, isType });
      ts.forEachChild(node, visit);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const from = place(node.arguments[0]);
      if (from !== null) named.push(`${from}#*`);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const from = place(node.argument.literal as ts.StringLiteral);
      if (from !== null && node.qualifier !== undefined) named.push(`${from}#${node.qualifier.getText(tree)}`);
    } else ts.forEachChild(node, visit);
  };
  visit(tree);
  return { exported, named };
}

describe("exports", () => {
  const isTest = (file: string) => /\.(test|fixture)\.tsx?$/.test(file) || file.startsWith("../scripts/fixtures/");
  const all = [...files, ...outside].map((file) => ({ file, ...readNames(file) }));
  /** What a door gives counts as used: other rooms, the app and programs of others come through it. */
  const isDoor = (file: string) => file.endsWith("index.ts") || portableDoors.includes(file);

  /** Names that are used, doors followed to where they have them from. */
  function usedBy(users: readonly { file: string; named: readonly string[] }[]): Set<string> {
    const doors = new Map(all.flatMap(({ exported }) => exported.map((one) => [`${one.file}#${one.name}`, one.from])));
    const used = new Set<string>();
    const use = (key: string) => {
      if (used.has(key)) return;
      used.add(key);
      const from = doors.get(key);
      if (from !== undefined) use(`${from.file}#${from.name}`);
    };
    for (const { named } of users) named.forEach(use);
    for (const { file, exported } of all) if (isDoor(file)) for (const { name } of exported) use(`${file}#${name}`);
    return used;
  }

  it("are used by another file, or by a test where the file itself stands on them", () => {
    const used = usedBy(all.filter(({ file }) => !isTest(file)));
    const tested = usedBy(all.filter(({ file }) => isTest(file)));
    const unused = all
      .filter(({ file }) => !isTest(file) && !file.startsWith("../"))
      .flatMap(({ exported }) => exported)
      .filter(({ file, name, isType }) => {
        if (used.has(`${file}#${name}`) || used.has(`${file}#*`)) return false;
        const inside = readFileSync(join(source, file), "utf8").match(new RegExp(`\\b${name}\\b`, "g"))!.length > 1;
        return !(inside && (isType || tested.has(`${file}#${name}`)));
      });
    const found = unused.map(({ file, name }) => `${file}: ${name}`);
    expect(found).toEqual([]);
  });
});

describe("packages", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;

  it("are each imported by one home", () => {
    const broken = imports.filter(({ from, target, isTest }) => {
      if (!("package" in target)) return false;
      if (isTest && (testTools.includes(target.package) || target.package in packageHomes)) return false;
      return !packageHomes[target.package]?.includes(from);
    });
    expect(broken.map(show)).toEqual([]);
  });

  it("are pinned to exact versions and all used", () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    const used = new Set(imports.flatMap(({ target }) => ("package" in target ? [target.package] : [])));
    expect(Object.keys(manifest.dependencies).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe("every file of the project", () => {
  const notOurs = new Set([".git", "node_modules", "dist", "runs", ".cache"]); // .gitignore
  const texts = readdirSync(root)
    .filter((name) => !notOurs.has(name))
    .flatMap((name) => {
      if (!statSync(join(root, name)).isDirectory()) return [name];
      return readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((below) => join(name, below));
    })
    .filter(
      (name) =>
        !name.endsWith(".log") && statSync(join(root, name)).isFile() && statSync(join(root, name)).size < 4_000_000,
    )
    .map((name) => ({ name, bytes: readFileSync(join(root, name)) }))
    .filter(({ bytes }) => !bytes.subarray(0, 8192).includes(0))
    .map(({ name, bytes }) => ({ name, text: bytes.toString("utf8") }));

  it("names no place on the machine it was written on", () => {
    // A home or a mount of one machine; system paths that mean the same everywhere (/proc, /dev, /usr/bin/env, /data/local/tmp of every Android phone) are fine.
    const place = /(?<![\w.~/:-])\/(?:work|root|home|Users|opt|mnt|data(?!\/local\/tmp\b)|srv)\/[\w.-]+/;
    const found = texts.flatMap(({ name, text }) => {
      const hit = place.exec(text);
      return hit === null ? [] : [`${name}: ${hit[0]}`];
    });
    expect(found.filter((hit) => !hit.startsWith("src/house.test.ts") && !hit.startsWith("golden/"))).toEqual([]);
  });

  it("locks packages without naming the registry they came from", () => {
    const lock = texts.find(({ name }) => name === "package-lock.json")!.text;
    expect(lock).not.toMatch(/"resolved": "https?:/);
  });
});

describe("help", () => {
  it("stands in the README as the command line prints it (npx tsx scripts/write-help.ts)", () => {
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain(`\`\`\`text\n${rootHelp()}\`\`\``);
  });

  it("stands in docs/help.md for every verb as the command line prints it (npx tsx scripts/write-help.ts)", () => {
    expect(readFileSync(join(root, "docs/help.md"), "utf8")).toBe(helpPage());
  });
});
