//! One client's connection: read a request, answer it as the world says, count it.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::ask::Ask;
use super::deny::{Api, Deny};
use super::limits::{Budget, Budgets, Resource};
use super::reply::Reply;
use super::routes::{self, Route};
use super::sign_in::SignIn;
use super::world::World;
use super::{ENTERPRISE_SERVER, Seen, app, etag, installations, lock};
use crate::http::{Answer, Received, header};

/// The world, and what came of it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) seen: Vec<Seen>,
    pub(super) in_flight: usize,
    pub(super) max_in_flight: usize,
    budgets: Budgets,
    tokens_made: usize,
}

/// Serves a connection to its end.
pub(super) async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    while let Some(received) = Received::read(&mut read).await {
        let flight = Flight::begin(&state);
        let (answer, latency) = {
            let mut state = lock(&state);
            (state.answer(&received), state.world.latency)
        };
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        drop(flight);
        let mut all = answer.head().into_bytes();
        all.extend_from_slice(&answer.body);
        if write.write_all(&all).await.is_err() || received.is_last() {
            return;
        }
    }
}

/// A request that waits for its answer; counted while it lives, however it ends.
struct Flight<'a>(&'a Mutex<State>);

impl<'a> Flight<'a> {
    fn begin(state: &'a Mutex<State>) -> Self {
        let mut counts = lock(state);
        counts.in_flight += 1;
        counts.max_in_flight = counts.max_in_flight.max(counts.in_flight);
        drop(counts);
        Flight(state)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        lock(self.0).in_flight -= 1;
    }
}

/// A request once its address is understood.
struct Address {
    base: String,
    /// As the route table has it: with names, even where it was asked by ids.
    path: String,
    /// As the answer's links have it: with ids.
    linked: String,
    query: String,
}

impl State {
    pub(super) fn new(world: World) -> Self {
        Self { world, seen: Vec::new(), in_flight: 0, max_in_flight: 0, budgets: Budgets::default(), tokens_made: 0 }
    }

    fn answer(&mut self, received: &Received) -> Answer {
        let now_s = now_s() + self.world.clock_ahead_s;
        let address = Address::of(&self.world, received);
        let route = routes::find(&received.method, &address.path);
        let resource = route.as_ref().map_or(Resource::Core, |(route, _)| route.resource);
        let who = sign_in(&self.world, received, now_s);
        let budget_of = who.as_ref().map_or_else(|_| SignIn::Nobody.budget(), SignIn::budget);
        let is_free = address.path == "/rate_limit";
        let budget = self.budgets.take(&self.world.limits, resource, &budget_of, now_s, 0);
        let result = if is_free {
            who.and_then(|who| self.rate_limit(&who, now_s))
        } else {
            self.reply(received, &address, route.as_ref(), who, budget, now_s)
        };
        let (mut answer, mut cost) = self.written(result, received, &address, route.as_ref(), now_s);
        if is_free {
            cost = 0;
        }
        let budget = self.budgets.take(&self.world.limits, resource, &budget_of, now_s, cost);
        self.add_headers(&mut answer, received, budget, resource, now_s);
        let not_secret = |(name, _): &&(String, String)| name != "authorization";
        self.seen.push(Seen {
            method: received.method.clone(),
            path: address.path,
            query: address.query,
            route: route.map(|(route, _)| route.pattern),
            headers: received.headers.iter().filter(not_secret).cloned().collect(),
            status: answer.status,
            cost,
            at: std::time::Instant::now(),
        });
        answer
    }

    /// What the world has to say, or why it does not.
    fn reply(
        &mut self,
        received: &Received,
        address: &Address,
        route: Option<&(&'static Route, Vec<(&'static str, String)>)>,
        who: Result<SignIn, Deny>,
        budget: Budget,
        now_s: i64,
    ) -> Result<Reply, Deny> {
        let pattern = route.map(|(route, _)| route.pattern);
        let denied = self.world.rules.iter_mut().find_map(|rule| rule.applies(pattern, &address.path));
        if let Some(deny) = denied {
            return Err(deny);
        }
        if header(&received.headers, "user-agent").is_none() {
            return Err(Deny::Other(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            ));
        }
        let who = who?;
        if budget.remaining() == 0 {
            let status = self.world.limits.status;
            return Err(Deny::PrimaryLimit { status, reset_in_s: budget.reset_at_s - now_s });
        }
        if let Some(location) = moved(&self.world, address) {
            return Ok(Reply::Moved(location));
        }
        let (route, parameters) = route.ok_or(Deny::NotFound)?;
        let ask = Ask {
            base: &address.base,
            parameters: parameters.clone(),
            query: &address.query,
            headers: &received.headers,
            body: &received.body,
            sign_in: &who,
        };
        route.needs.check(&self.world, &who, ask.home(&self.world))?;
        (route.answered)(&self.world, &ask)
    }

    /// The answer and its cost, after paging and the comparison of tags.
    fn written(
        &mut self,
        result: Result<Reply, Deny>,
        received: &Received,
        address: &Address,
        route: Option<&(&'static Route, Vec<(&'static str, String)>)>,
        now_s: i64,
    ) -> (Answer, u64) {
        let reply = match result {
            Ok(reply) => reply,
            Err(deny) => {
                let is_graphql = route.is_some_and(|(route, _)| route.resource == Resource::GraphQl);
                let mut answer = deny.answer(now_s, if is_graphql { Api::GraphQl } else { Api::Rest });
                if matches!(deny, Deny::NotAccessible | Deny::TokenNotAccessible) {
                    let accepted = route.and_then(|(route, _)| route.needs.accepted());
                    answer.headers.extend(accepted.map(|accepted| ("x-accepted-github-permissions".into(), accepted)));
                }
                return (answer, u64::from(!deny.is_limit()));
            }
        };
        match reply {
            Reply::NewToken(id) => (self.new_token(id, now_s), 1),
            Reply::GraphQl(_, points) => (reply.answer(&address.linked, &address.query), points),
            reply => {
                let mut answer = reply.answer(&address.linked, &address.query);
                let of = |name| header(&received.headers, name);
                let tag = self.world.etags.of(of("accept"), of("authorization"), &answer.body);
                let unchanged = answer.status == 200 && of("if-none-match").is_some_and(|tags| etag::names(tags, &tag));
                if unchanged {
                    // GitHub leaves the links out of a 304: a client has to keep them.
                    answer = Answer { status: 304, headers: Vec::new(), body: Vec::new() };
                }
                answer.headers.push(("etag".into(), tag));
                (answer, u64::from(!unchanged))
            }
        }
    }

    fn new_token(&mut self, installation: u64, now_s: i64) -> Answer {
        self.tokens_made += 1;
        let token = format!("ghs_{installation:016}{:020}", self.tokens_made);
        let expires_at_s = now_s + self.world.token_life_s;
        self.world.sign_ins.insert(token.clone(), SignIn::Installation { id: installation, expires_at_s });
        let body = installations::new_token(&self.world, installation, &token, &time(expires_at_s));
        Reply::Created(body).answer("", "")
    }

    fn rate_limit(&mut self, who: &SignIn, now_s: i64) -> Result<Reply, Deny> {
        let mut of = |resource| {
            let budget = self.budgets.take(&self.world.limits, resource, &who.budget(), now_s, 0);
            json!({"limit": budget.limit, "remaining": budget.remaining(), "reset": budget.reset_at_s, "used": budget.used})
        };
        let (core, graphql, audit_log) = (of(Resource::Core), of(Resource::GraphQl), of(Resource::AuditLog));
        let search = json!({"limit": 30, "remaining": 30, "reset": now_s + 60, "used": 0});
        let resources = json!({"core": core, "graphql": graphql, "search": search, "audit_log": audit_log});
        Ok(Reply::One(json!({"resources": resources, "rate": core})))
    }

    fn add_headers(&self, answer: &mut Answer, received: &Received, budget: Budget, resource: Resource, now_s: i64) {
        let has = |answer: &Answer, name: &str| answer.headers.iter().any(|(key, _)| key == name);
        let mut add = |name: &str, value: String| {
            if !has(answer, name) {
                answer.headers.push((name.to_owned(), value));
            }
        };
        add("x-ratelimit-limit", budget.limit.to_string());
        add("x-ratelimit-remaining", budget.remaining().to_string());
        add("x-ratelimit-reset", budget.reset_at_s.to_string());
        add("x-ratelimit-used", budget.used.to_string());
        add("x-ratelimit-resource", resource.name().into());
        let at = jiff::Timestamp::from_second(now_s).unwrap_or_default();
        add("date", at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        add("server", "github.com".into());
        add("vary", "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With".into());
        add("cache-control", "private, max-age=60, s-maxage=60".into());
        add("x-github-media-type", "github.v3; format=json".into());
        let version = header(&received.headers, "x-github-api-version").unwrap_or("2022-11-28");
        add("x-github-api-version-selected", version.into());
        add("x-github-request-id", format!("0000:000000:{:06}:000000:00000000", self.seen.len() + 1));
        if received.target.starts_with("/api/") {
            add("x-github-enterprise-version", "3.19.0".into());
        }
        if let Ok(SignIn::Classic { scopes, .. }) = sign_in(&self.world, received, now_s) {
            add("x-oauth-scopes", scopes.join(", "));
        }
    }
}

impl Address {
    fn of(world: &World, received: &Received) -> Self {
        let (path, query) = received.target.split_once('?').unwrap_or((&received.target, ""));
        // By the name that the client used: links lead it through the proxy that it came by.
        let of = |name| header(&received.headers, name);
        let host = format!("http://{}", of("x-forwarded-host").or(of("host")).unwrap_or("127.0.0.1"));
        let (base, path) = match path.strip_prefix(ENTERPRISE_SERVER) {
            Some(path) => (format!("{host}{ENTERPRISE_SERVER}"), path),
            None => (host, path.strip_prefix("/api").filter(|path| *path == "/graphql").unwrap_or(path)),
        };
        let path = by_name(world, path.trim_end_matches('/'));
        let linked = format!("{base}{}", by_id(world, &path));
        Self { base, path, linked, query: query.to_owned() }
    }
}

/// `/repositories/1/keys` as `/repos/acme/shop/keys`, and the same for organisations.
fn by_name(world: &World, path: &str) -> String {
    let mut parts = path.splitn(4, '/').skip(1);
    let (kind, id, rest) = (parts.next(), parts.next().and_then(|id| id.parse().ok()), parts.next());
    let rest = rest.map_or_else(String::new, |rest| format!("/{rest}"));
    match (kind, id) {
        (Some("repositories"), Some(id)) => world.repository_of_id(id).map_or_else(
            || path.to_owned(),
            |(home, repository)| format!("/repos/{}/{}{rest}", home.login, repository.name),
        ),
        (Some("organizations"), Some(id)) => {
            let found = world.organisations.values().find(|organisation| organisation.id == id);
            found.map_or_else(|| path.to_owned(), |home| format!("/orgs/{}{rest}", home.login))
        }
        _ => path.to_owned(),
    }
}

/// The other way round, as GitHub's links are.
fn by_id(world: &World, path: &str) -> String {
    let parts: Vec<&str> = path.splitn(5, '/').collect();
    match parts[..] {
        ["", "repos", owner, name, ref rest @ ..] => {
            let home = world.organisations.get(owner);
            let found = home.and_then(|home| home.repository(name));
            found.map_or_else(
                || path.to_owned(),
                |repository| rest.iter().fold(format!("/repositories/{}", repository.id), |all, rest| all + "/" + rest),
            )
        }
        ["", "orgs", login, ref rest @ ..] => world.organisations.get(login).map_or_else(
            || path.to_owned(),
            |home| rest.iter().fold(format!("/organizations/{}", home.id), |all, rest| all + "/" + rest),
        ),
        _ => path.to_owned(),
    }
}

/// Where a repository of an old name is, unless another has taken that name.
fn moved(world: &World, address: &Address) -> Option<String> {
    let parts: Vec<&str> = address.path.splitn(5, '/').collect();
    let ["", "repos", owner, name, ref rest @ ..] = parts[..] else { return None };
    if world.organisations.get(owner).is_some_and(|home| home.repository(name).is_some()) {
        return None;
    }
    let id = world.moved.get(&format!("{owner}/{name}"))?;
    let path = rest.iter().fold(format!("{}/repositories/{id}", address.base), |all, rest| all + "/" + rest);
    Some(if address.query.is_empty() { path } else { format!("{path}?{}", address.query) })
}

fn sign_in(world: &World, received: &Received, now_s: i64) -> Result<SignIn, Deny> {
    let Some(value) = header(&received.headers, "authorization") else { return Ok(SignIn::Nobody) };
    let token = value.split_once(' ').map_or("", |(_, token)| token.trim());
    match world.sign_ins.get(token) {
        Some(SignIn::Installation { expires_at_s, .. }) if *expires_at_s <= now_s => Err(Deny::BadCredentials),
        Some(SignIn::Installation { id, .. }) if is_suspended(world, *id) => Err(Deny::Suspended),
        Some(found) => Ok(found.clone()),
        None if token.matches('.').count() == 2 => app::verify(world, token, now_s),
        None => Err(Deny::BadCredentials),
    }
}

fn is_suspended(world: &World, installation: u64) -> bool {
    world.installation(installation).is_some_and(|(_, found)| found.suspended_at.is_some())
}

/// A time as GitHub writes it.
pub(super) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

#[expect(clippy::disallowed_methods, reason = "a server has a clock: assertions, tokens and budgets end by it")]
fn now_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
