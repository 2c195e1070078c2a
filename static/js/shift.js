// The supervisor's shift page: what must be looked at now is heard and stands in the title.
import { startAlerts } from "./alerts.js";

startAlerts();
