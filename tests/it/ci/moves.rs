//! A merge request that moves a secret out of an excluded path.

use crate::support::pipeline::{Project, merge_request};

#[test]
fn reports_what_a_later_commit_of_a_merge_request_moves_to_where_it_counts() {
    for (configuration, args) in [
        ("exclude = [\"/vendor/\"]\n", &[][..]),
        (
            "[[allow]]\npaths = [\"/vendor/\"]\nreason = \"made up\"\n",
            &[],
        ),
        ("", &["--excluded-paths", "vendor"]),
    ] {
        let project = Project::new();
        let base = project.commit(&[(".tokensweep.toml", configuration)]);
        project.branch("topic");
        project.leak("vendor/x", 1);
        project.remote(&["mv", "vendor/x", "x"]);
        let head = project.commit(&[]);
        project.check_out(&head, 50);
        let job = project.job(&merge_request(&base, &head), args);
        assert_eq!(job.run.code, Some(0), "{job:?}");
        assert_eq!(job.places(), [("x".to_owned(), 1)], "{configuration}");
    }
}
