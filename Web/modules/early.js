// Runs as soon as its few modules are there: asks for the pictures while the rest of the page loads.
import { openEarly } from './grid/opening.js';
import { parseAddress } from './shared/address.js';

openEarly(parseAddress(location.search));
