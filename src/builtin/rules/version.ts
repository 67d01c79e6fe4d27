/** Grows whenever the rules may answer anything differently: replies of other rules are another teacher's. version.test.ts checks it. */
export const RULES_VERSION = 7;
