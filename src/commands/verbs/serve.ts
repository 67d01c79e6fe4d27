import { Option } from "commander";
import { adapterOption, modelOption, portNumber, type ServeOptions, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const serveVerb: Verb<FolderOptions & ServeOptions> = {
  name: "serve",
  summary: "the app in a browser, and answers over HTTP: /v1/replies, /v1/chat/completions, /openapi.json",
  description:
    "Serve the app, which runs the model in the browser, offline once it is loaded; and the model over HTTP in the shape of OpenAI's API.\nOnly this machine can ask, unless --host says otherwise; then whoever asks for a model or an answer must know the key that is printed.",
  declare: (command) =>
    withRecipe(
      command
        .addOption(modelOption())
        .addOption(adapterOption())
        .addOption(new Option("--port <n>", "port; 0 picks a free one").default(8642).argParser(portNumber))
        .addOption(
          new Option("--host <address>", "address to listen on; 0.0.0.0: every one of this machine").default(
            "127.0.0.1",
          ),
        )
        .addOption(new Option("--allow-host <name...>", "names under which clients may call this machine"))
        .addOption(new Option("--cert <file>", "certificate with its chain (PEM): serve over https"))
        .addOption(new Option("--key <file>", "its private key (PEM)")),
      { folder: quickstartFolder, overrides: false },
    ),
  refuse: ({ cert, key }) =>
    (cert === undefined) === (key === undefined) ? undefined : "--cert and --key go together",
  examples: [
    ["npx pocketreply serve --run runs/mine", "prints an address to open; until Ctrl-C, which lets answers end"],
    [
      "npx pocketreply serve --host 0.0.0.0 --cert phone.pem --key phone-key.pem --allow-host laptop.example",
      "for a phone: an address with a key, also as a QR code; browsers install and keep an app over https alone",
    ],
    [
      `curl http://127.0.0.1:8642/v1/chat/completions -H 'content-type: application/json' -d '{"messages":[{"role":"user","content":"Subject: Lunch?\\n\\nAre you free on Friday?"}]}'`,
      'the OpenAI shape; add "stream": true for a stream',
    ],
    [
      `curl http://127.0.0.1:8642/v1/replies -H 'content-type: application/json' -d '{"mail":"From: Ann <ann@x.example>\\nSubject: Lunch?\\n\\nAre you free on Friday?","steering":{"line":"decline"}}'`,
      "whether the mail wants a reply, three suggestions, a draft with its flags; GET /openapi.json describes all",
    ],
  ],
  run: async (options, session) => (await import("../serve.ts")).serve(options, session),
};
