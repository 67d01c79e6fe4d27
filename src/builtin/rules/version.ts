/** Grows whenever the rules may answer anything differently: replies of other rules are another teacher's. A test watches over it. */
export const RULES_VERSION = 4;
