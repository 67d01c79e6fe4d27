import { describe, expect, it } from "vitest";
import { decodeFolderName, isSent, labelKey, labelReason, parseLabels } from "./labels.ts";

describe("labels", () => {
  it.each([
    ["Papierkorb", "trash"],
    ["[Gmail]/Trash", "trash"],
    ["INBOX.Trash", "trash"],
    ["\\Junk", "spam"],
    ["Category Promotions", "promotions"],
    ["Kategorie: Werbung", "promotions"],
    ["Catégorie : Promotions", "promotions"],
    ["寄件備份", "sent"],
    ["Odeslaná pošta", "sent"],
    ["Entwu\u0308rfe", "drafts"], // decomposed, as macOS writes names
    ["Sent Items/2024", "sent/2024"],
    ["INBOX", "inbox"],
    ["Trashy novels", "trashy novels"],
    ["Customers/Sent", "customers/sent"],
  ])("knows %s as %s", (label, key) => expect(labelKey(label)).toBe(key));

  it("leaves out by role, by name and by what stands below, and by nothing else", () => {
    const rules = { include: [], exclude: ["Spam", "Trash", "Private"] };
    expect(labelReason(["Inbox", "Junk E-Mail"], rules)).toBe("spam");
    expect(labelReason(["Corbeille/old"], rules)).toBe("trashed");
    expect(labelReason(["private/family"], rules)).toBe("excludedLabel");
    expect(labelReason(["Privateer", "Inbox", "Spam reports"], rules)).toBeNull();
    expect(labelReason([], rules)).toBeNull();
    expect(labelReason([], { include: ["Inbox"], exclude: [] })).toBe("otherLabel");
    expect(labelReason(["Posteingang"], { include: ["Inbox"], exclude: [] })).toBeNull();
  });

  it("knows sent mail", () => {
    expect(
      ["Gesendet", "[Gmail]/Sent Mail", "Sent/2020", "\\Sent", "INBOX.Sent"].every((label) => isSent([label])),
    ).toBe(true);
    const languages = [
      ...[
        "已发邮件",
        "Poslano",
        "Odoslaná pošta",
        "Saadetud kirjad",
        "Išsiųsti laiškai",
        "Nosūtītās vēstules",
        "Sendte mails",
      ],
      ...[
        "Correu enviat",
        "Изпратени",
        "Послате",
        "Thư đã gửi",
        "จดหมายที่ส่งแล้ว",
        "דואר יוצא",
        "البريد المرسل",
        "Terkirim",
      ],
    ];
    expect(languages.filter((name) => !isSent([`[Gmail]/${name}`]))).toEqual([]);
    expect(["Inbox", "Sent by Ann", "Customers/Sent"].some((label) => isSent([label]))).toBe(false);
  });

  it("takes a header of Takeout apart", () => {
    expect(parseLabels('Inbox,"Work, old",Category Updates, ')).toEqual(["Inbox", "Work, old", "Category Updates"]);
    expect(parseLabels("")).toEqual([]);
  });

  it("reads folder names in modified UTF-7", () => {
    // RFC 3501 §5.1.3's own example, and names with "&" in them
    expect(decodeFolderName("~peter/mail/&U,BTFw-/&ZeVnLIqe-")).toBe("~peter/mail/台北/日本語");
    expect(decodeFolderName("Tom &- Jerry")).toBe("Tom & Jerry");
    expect(decodeFolderName("A&B")).toBe("A&B");
  });
});
