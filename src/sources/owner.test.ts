import { describe, expect, it } from "vitest";
import { createOwnerGuess } from "./owner.ts";

function resolve(mails: readonly (readonly [string, boolean])[], named: string[] = [], login = "") {
  const guess = createOwnerGuess(named, login);
  for (const [address, sent] of mails) guess.add(address, sent);
  return guess.resolve();
}

describe("createOwnerGuess", () => {
  const sent = (address: string, count: number) => Array.from({ length: count }, () => [address, true] as const);

  it("is who sent most of the sent mails, with aliases, without the odd one out", () => {
    const mails = [
      ...sent("Me@x.example", 60),
      ...sent("me@work.example", 6),
      ...sent("other@x.example", 2),
      ["you@x.example", false] as const,
    ];
    expect(resolve(mails)).toEqual({ addresses: ["me@work.example", "me@x.example"], from: "sent" });
  });

  it("is nobody where nothing was sent, however often one wrote", () => {
    expect(resolve(Array.from({ length: 50 }, () => ["list@x.example", false] as const))).toEqual({
      addresses: [],
      from: null,
    });
    expect(resolve([["not an address", true]])).toEqual({ addresses: [], from: null });
  });

  it("is the recipe's before all, and the login where there is no sent mail", () => {
    expect(resolve(sent("a@x", 3), [" B@x ", "b@x"])).toEqual({ addresses: ["b@x"], from: "recipe" });
    expect(resolve([], [], "Me@x.example")).toEqual({ addresses: ["me@x.example"], from: "login" });
    expect(resolve([], [], "me")).toEqual({ addresses: [], from: null });
    expect(resolve(sent("a@x", 1), [], "me@x")).toEqual({ addresses: ["a@x"], from: "sent" });
  });
});
