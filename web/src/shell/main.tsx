import { render } from "preact";
import "../styles/index.css";
import { applyReading } from "../reading/settings";
import { openApp } from "../state";
import { wordsReady } from "../words";
import { followLinks } from "./location";
import { Shell } from "./Shell";
import { keepShell } from "./worker";

// A slow network must not keep the page empty for the sake of its language.
const WORDS_WAIT_MS = 2500;

async function start(): Promise<void> {
  const root = document.getElementById("app");
  if (root === null) throw new Error("the page has no place for the app");
  applyReading();
  followLinks();
  const app = openApp();
  await Promise.race([wordsReady(), new Promise((late) => setTimeout(late, WORDS_WAIT_MS))]);
  render(<Shell app={app} />, root);
  keepShell();
}

void start();
