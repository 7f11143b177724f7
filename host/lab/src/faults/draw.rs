//! Draws a schedule from a seed: the same seed and places give the same schedule.

use super::{After, Planned, Schedule, Trouble};
use crate::clock::mix;

/// Where faults can happen in a world, by what each place can suffer. The order counts for what is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// API servers.
    pub clusters: Vec<Place>,
    /// The services of the cloud: `s3` and `route53`.
    pub clouds: Vec<Place>,
    /// Hosts.
    pub hosts: Vec<Place>,
}

/// A server or a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// About how many requests a script makes there (on a host: connections and commands), so that what is drawn
    /// begins before it ends.
    pub requests: u32,
}

impl Place {
    /// Makes one.
    #[must_use]
    pub fn new(name: impl Into<String>, requests: u32) -> Self {
        Self { name: name.into(), requests }
    }
}

/// The most faults that one schedule has.
const MOST: u32 = 6;

impl Schedule {
    /// Draws a plausible schedule for a world with these places; a world without any gets an empty one.
    ///
    /// ```
    /// use drsh_lab::faults::{Place, Places, Schedule};
    /// let places = Places { clusters: vec![Place::new("source", 300)], ..Places::default() };
    /// assert_eq!(Schedule::drawn(7, &places), Schedule::drawn(7, &places));
    /// ```
    #[must_use]
    pub fn drawn(seed: u64, places: &Places) -> Self {
        let mut draw = Draw { seed, turn: 0 };
        let count = draw.between(1, MOST);
        let planned = (0..count).filter_map(|_| draw.planned(places));
        Self(planned.collect())
    }
}

struct Draw {
    seed: u64,
    turn: u64,
}

impl Draw {
    /// A number between `least` and `most`, both included.
    fn between(&mut self, least: u32, most: u32) -> u32 {
        self.turn += 1;
        let drawn = mix(mix(self.seed).wrapping_add(self.turn));
        let span = u64::from(most.saturating_sub(least)) + 1;
        least + u32::try_from(drawn % span).unwrap_or(0)
    }

    /// As [`Draw::between`], the smaller numbers more often: half of what is drawn lies in the lowest quarter.
    fn rather_few(&mut self, least: u32, most: u32) -> u32 {
        let upper = self.between(least, most);
        self.between(least, upper)
    }

    fn pick<'a>(&mut self, all: &'a [Place]) -> Option<&'a Place> {
        let last = u32::try_from(all.len()).ok()?.checked_sub(1)?;
        all.get(self.between(0, last) as usize)
    }

    fn planned(&mut self, places: &Places) -> Option<Planned> {
        // Clusters see most of the traffic; what a world has not is made up for by what it has.
        let kinds: [(&[Place], u32); 3] = [(&places.clusters, 6), (&places.clouds, 2), (&places.hosts, 6)];
        let all: u32 = kinds.iter().filter(|(names, _)| !names.is_empty()).map(|(_, weight)| weight).sum();
        let mut left = self.between(1, all.max(1));
        for (kind, (all, weight)) in kinds.into_iter().enumerate() {
            if all.is_empty() {
                continue;
            }
            if left > weight {
                left -= weight;
                continue;
            }
            let place = self.pick(all)?;
            let after = self.after(place.requests);
            let fault = match kind {
                0 => self.of_cluster(),
                1 => self.of_cloud(),
                _ => self.of_host(),
            };
            let place = place.name.clone();
            return Some(Planned { place, after, fault });
        }
        None
    }

    fn after(&mut self, most_requests: u32) -> After {
        match self.between(0, 3) {
            0 => After::Seconds(self.between(1, 3000)),
            1 => After::Requests(self.rather_few(0, most_requests)),
            _ => After::Requests(self.between(0, most_requests)),
        }
    }

    fn of_cluster(&mut self) -> Trouble {
        let times = self.rather_few(1, 12);
        match self.between(0, 17) {
            0 => Trouble::Throttled { times: times.min(5) },
            1 => Trouble::InternalError { times },
            2 => Trouble::Unavailable { times },
            3 => Trouble::Reset { times },
            4 | 5 => Trouble::AnswerLost { times: times.min(4) },
            6 => Trouble::AnswerCut { times, bytes: self.between(1, 2000) },
            7 => Trouble::Slow { times, seconds: self.between(5, 600) },
            8 => Trouble::Hangs { times: times.min(2) },
            9 => Trouble::WatchClosed { times },
            10 => Trouble::WatchExpired { times },
            11 => Trouble::Conflicts { times: times.min(6) },
            12 => Trouble::CommandsCut { times: times.min(2), bytes: self.rather_few(0, 500) },
            // As an API server answers that has just come up, and does not know all roles yet.
            13 => Trouble::Forbidden { times: times.min(4) },
            14 => Trouble::WatchLags { times, seconds: self.rather_few(5, 1200) },
            15 => Trouble::CertificateChanged { seconds: self.rather_few(10, 2000) },
            _ => Trouble::Away { seconds: self.rather_few(10, 4000) },
        }
    }

    fn of_cloud(&mut self) -> Trouble {
        let times = self.rather_few(1, 8);
        match self.between(0, 9) {
            0 | 1 => Trouble::Throttled { times },
            2 => Trouble::InternalError { times },
            3 => Trouble::Unavailable { times },
            4 => Trouble::Reset { times },
            5 => Trouble::AnswerLost { times: times.min(3) },
            6 => Trouble::AnswerCut { times, bytes: self.between(1, 2000) },
            7 => Trouble::Forbidden { times: times.min(2) },
            8 => Trouble::NotFound { times: 1 },
            _ => Trouble::Hangs { times: 1 },
        }
    }

    fn of_host(&mut self) -> Trouble {
        match self.between(0, 7) {
            0 => Trouble::Slow { times: self.rather_few(1, 8), seconds: self.between(5, 600) },
            1 => Trouble::Hangs { times: 1 },
            2 => Trouble::Away { seconds: self.rather_few(10, 2000) },
            3 | 4 => Trouble::CommandsCut { times: self.between(1, 2), bytes: self.rather_few(0, 300) },
            5 => Trouble::ConnectionsCut,
            6 => Trouble::Reboot,
            _ => Trouble::DiskFull { seconds: self.rather_few(30, 2000) },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places() -> Places {
        let all = |names: &[&str]| names.iter().map(|&name| Place::new(name, 40)).collect();
        Places {
            clusters: all(&["source", "destination", "demo"]),
            clouds: all(&["s3", "route53"]),
            hosts: all(&["master-0", "master-1"]),
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_schedule_and_another_one_does_not() {
        assert_eq!(Schedule::drawn(7, &places()), Schedule::drawn(7, &places()));
        assert_ne!(Schedule::drawn(7, &places()), Schedule::drawn(8, &places()));
    }

    #[test]
    fn what_is_drawn_names_places_of_the_world_only_and_every_one_of_them_some_day() {
        let mut seen = BTreeSet::new();
        for seed in 0..300 {
            let schedule = Schedule::drawn(seed, &places());
            assert!((1..=MOST as usize).contains(&schedule.0.len()), "{schedule:?}");
            seen.extend(schedule.0.into_iter().map(|planned| planned.place));
        }
        let all = places();
        let known: BTreeSet<_> =
            all.clusters.into_iter().chain(all.clouds).chain(all.hosts).map(|place| place.name).collect();
        assert_eq!(seen, known);
        assert!(Schedule::drawn(7, &Places::default()).is_empty());
    }

    #[test]
    fn every_schedule_is_written_and_read_back_as_it_was() {
        for seed in 0..100 {
            let schedule = Schedule::drawn(seed, &places());
            let text = serde_json::to_string(&schedule).unwrap();
            assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule, "{text}");
        }
    }
}
