/** The mail that is answered, as its bytes, and whose identity answers it. */

/** ours: the words of a mail come before its attachments; what is cut off is read as torn, not refused. */
const MOST_BYTES = 2_000_000;

/** A mail to answer. */
export interface Message {
  readonly id: number;
  readonly base64: string;
  readonly owner: { readonly name: string; readonly address: string } | undefined;
  /** The identity that answers. */
  readonly identityId: string | undefined;
}

/** The mail that the window of `tab` shows or answers; null where it does neither. */
export async function readMessage(tab: messenger.tabs.Tab): Promise<Message | null> {
  const id = await findMessage(tab);
  if (id === null) return null;
  const [base64, header] = await Promise.all([readSource(id), messenger.messages.get(id)]);
  const identity = await findIdentity(header);
  return {
    ...{ id, base64, identityId: identity?.id },
    owner: identity && { name: identity.name ?? "", address: identity.email ?? "" },
  };
}

/** The bytes of a mail in Base64. */
export async function readSource(id: number): Promise<string> {
  const raw = await messenger.messages.getRaw(id, { data_format: "BinaryString" });
  return btoa((raw as string).slice(0, MOST_BYTES));
}

async function findMessage(tab: messenger.tabs.Tab): Promise<number | null> {
  if (tab.type === "messageCompose") {
    const details = await messenger.compose.getComposeDetails(tab.id!);
    return details.type === "reply" ? (details.relatedMessageId ?? null) : null;
  }
  const shown: unknown = await messenger.messageDisplay.getDisplayedMessages(tab.id!);
  const { messages } = shown as messenger.messages.MessageList; // the types still say an array, as it was under manifest 2
  return messages.length === 1 ? messages[0].id : null;
}

/** Of the account's identities the one that the mail was sent to. */
async function findIdentity(
  header: messenger.messages.MessageHeader,
): Promise<messenger.identities.MailIdentity | undefined> {
  const accountId = header.folder?.accountId;
  const accounts = await messenger.accounts.list(false);
  const own = accounts.filter(({ id }) => id === accountId);
  const identities = (own.some((account) => account.identities.length > 0) ? own : accounts).flatMap(
    (account) => account.identities,
  );
  const recipients = [...header.recipients, ...header.ccList].join(" ").toLowerCase();
  const addressed = identities.find(({ email = "" }) => email !== "" && recipients.includes(email.toLowerCase()));
  return addressed ?? identities[0];
}
