import { render } from "preact";
import { App } from "./app.tsx";
import { takeKey } from "./store/settings.ts";

takeKey();
render(<App />, document.getElementById("page")!);
