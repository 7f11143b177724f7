//! A lab that the tests of this target share, and environment files that are wrong about it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use drsh::cli::practice;
use drsh::environment::Environment;
use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The lab, which nothing here changes.
pub struct World {
    folder: TempDir,
    runtime: Runtime,
    lab: Option<Lab>,
}

static SHARED: Mutex<Weak<World>> = Mutex::new(Weak::new());

impl World {
    /// The one that another test has started, or a new one.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = shared.upgrade() {
            return world;
        }
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let lab = runtime.block_on(practice::start(Scenario::small(), folder.path())).unwrap();
        let world = Arc::new(Self { folder, runtime, lab: Some(lab) });
        *shared = Arc::downgrade(&world);
        world
    }

    /// Where its files lie.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes its environment file under another name, edited; returns where it lies.
    pub fn environment(&self, name: &str, edit: impl FnOnce(&mut Environment)) -> PathBuf {
        let mut environment = practice::environment(self.lab.as_ref().unwrap().description());
        // Nothing here is worth waiting for.
        environment.limits.call_seconds = 10;
        edit(&mut environment);
        let file = self.path().join(format!("{name}.toml"));
        std::fs::write(&file, toml::to_string(&environment).unwrap()).unwrap();
        file
    }

    /// Writes a copy of a kubeconfig, edited; returns its name.
    pub fn kubeconfig(&self, of: &str, name: &str, edit: impl FnOnce(String) -> String) -> PathBuf {
        let text = std::fs::read_to_string(self.path().join(format!("{of}.kubeconfig"))).unwrap();
        std::fs::write(self.path().join(name), edit(text)).unwrap();
        PathBuf::from(name)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(lab) = self.lab.take() {
            self.runtime.block_on(lab.stop());
        }
    }
}
