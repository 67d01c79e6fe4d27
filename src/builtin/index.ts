/** The rule-based teacher and judge behind a loopback server. */
export { BUILTIN_MODEL } from "./completion.ts";
export { BUILTIN_LABEL, type EndpointLabel, labelEndpoint } from "./label.ts";
export { type OpenEndpoint, openEndpoint } from "./open.ts";
export { RULES_VERSION } from "./rules/version.ts";
export { type BuiltinTeacher, type BuiltinTeacherOptions, startBuiltinTeacher } from "./server.ts";
