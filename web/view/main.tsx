import { render } from "preact";
import { Start } from "./app.tsx";

render(<Start />, document.getElementById("page")!);
