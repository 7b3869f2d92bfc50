import { ready } from "./shell.js";

ready();
