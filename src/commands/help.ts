/** The help of the command line as documents: what README.md and docs/help.md quote. scripts/write-help.ts writes them, house.test.ts checks them. */
import { createProgram } from "./program.ts";

/** `pocketreply --help`. */
export function rootHelp(): string {
  return helpReader().readHelp();
}

/** docs/help.md: the help of every verb. */
export function helpPage(): string {
  const { program, readHelp } = helpReader();
  const verbs = program.commands.map((verb) => `## ${verb.name()}\n\n\`\`\`text\n${readHelp(verb.name())}\`\`\`\n`);
  return `# The command line\n\nMade by \`npx tsx scripts/write-help.ts\` from the command line itself; a test keeps it true.\n\n${verbs.join("\n")}`;
}

/** The program with its output caught, since the examples are part of what it prints and not of what it returns. */
function helpReader() {
  let text = "";
  const stream = {
    write: (part: string) => {
      text += part;
    },
  };
  const openSession = () => {
    throw new Error("help runs no verb");
  };
  const program = createProgram(openSession, { stdout: stream, stderr: stream });
  const readHelp = (verbName?: string): string => {
    const command = verbName === undefined ? program : program.commands.find((verb) => verb.name() === verbName)!;
    text = "";
    command.outputHelp();
    return text;
  };
  return { program, readHelp };
}
