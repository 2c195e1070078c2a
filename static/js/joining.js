// The secret of an invitation stands behind the # of the link, which browsers never send. It goes
// into the form, and out of the address, where somebody might look over a shoulder.
const field = document.getElementById("code");
const secret = location.hash.slice(1);
if (field && secret) {
  field.value = secret;
  history.replaceState(null, "", location.pathname);
}
