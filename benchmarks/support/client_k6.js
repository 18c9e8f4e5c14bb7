import http from "k6/http";

export const options = {
  vus: 20,
  duration: __ENV.DURATION,
  noCookiesReset: true,
  insecureSkipTLSVerify: true,
};

export default function () {
  if (__ITER === 0) http.get(`${__ENV.URL}/login`);
  http.get(`${__ENV.URL}/team.json`);
}
